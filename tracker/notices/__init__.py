"""Reads an official plan (行动方案) into checked data. Pure: files in, a `PlanFile` or Chinese sentences out."""
