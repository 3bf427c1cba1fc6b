"""One writer for each format that the plugin gives out, and what reads the tables of others."""
