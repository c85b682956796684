"""The command line: `enforcement`, noun then verb; a folder for each large noun, a file for each small one."""
