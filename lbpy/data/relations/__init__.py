"""Relations between models: what is declared, how rows are matched, and the operations of each kind. Knows no HTTP."""
