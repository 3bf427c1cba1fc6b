"""The assistant: first steps from the files of an office to the first proposal, one by one."""
