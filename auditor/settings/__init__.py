"""`.auditor.yaml`: what a repository says of its own audit.

The file nearest above a root speaks for it, alone; the search ends at the top of the repository, which is the directory that holds `.git`, else
the working directory. Reading it executes nothing, no path in it leads out of the repository, and the command line wins over it.
"""
