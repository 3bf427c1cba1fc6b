"""What builds, checks and starts the plugin; none of it is shipped."""
