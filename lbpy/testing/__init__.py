"""Help for tests of applications and connectors. Imported by no other room."""
