"""The rules (规则), pure: no database, no web, no clock; every moment and calendar is passed in."""
