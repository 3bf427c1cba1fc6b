"""The papers of a case (文书): which there are, what each must say, what is looked at before it goes out. No file, no QGIS."""
