"""What operators do to the users of a project: commands, and the first rows of a new installation. Serves nothing."""
