"""The whole product as an office has it: processes, HTTP, files."""
