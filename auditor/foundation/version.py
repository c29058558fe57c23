"""The version, which is written here and nowhere else."""

__version__ = "0.1.0"


def installing(extra: str) -> str:
    """The command that installs an extra of this version; no package index has it."""
    return (
        f"python -m pip install 'auditor[{extra}] @ https://github.com/auditor-dev/auditor/archive/refs/tags/v{__version__}.tar.gz'"
    )
