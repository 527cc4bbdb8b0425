"""What pages of many files share: columns, the search over their paths, tables, words. Each reads what it needs."""
