"""The database's versions (数据库版本), run by services/migrate.py."""
