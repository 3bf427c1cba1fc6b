"""What inspectors bring from the site: photos and findings."""
