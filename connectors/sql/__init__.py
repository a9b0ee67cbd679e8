"""The base of all SQL connectors: fragments, tables, conditions, statements, migrations. Knows no driver and opens nothing."""
