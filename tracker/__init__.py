"""任务责任跟踪系统: who owes what on a government action plan, who reported, what is red."""
