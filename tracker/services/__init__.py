"""The deeds (办理): one file a subject. Each checks who acts, does one thing in one transaction, and writes it down."""
