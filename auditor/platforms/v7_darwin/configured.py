"""What settings files say of a check of registration requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from auditor.contract import Contract
from auditor.contract.load import load_for, parameter_not_known
from auditor.foundation.errors import AuditError
from auditor.report import Report
from auditor.settings.apply import Told, as_set, excluded
from auditor.settings.types import Settings, WantedContract


def contract_for(
    settings: Settings, name: str, parameters: Mapping[str, str], paths: Sequence[str], buckets: Sequence[str]
) -> tuple[Contract, tuple[str, ...]]:
    """The contract with the parameters that the settings file for the first of some paths gives it, and the buckets that it is for.

    Args:
        settings: the settings files.
        name: of the contract.
        parameters: of the command line; they win.
        paths: what is checked, the code of the bucket first.
        buckets: those that are named; they win.

    Raises:
        AuditError: the contract cannot be had, or the settings list it with different parameters and nothing says which is meant.
    """
    file = settings.of(paths[0])
    listed = [one for one in (file.contracts if file else ()) if one.name == name]
    mine = [one for one in listed if not buckets or not one.buckets or set(buckets) <= {*one.buckets}]
    if len({(tuple(sorted(one.parameters.items())), one.buckets) for one in mine}) > 1:
        raise AuditError(f"{mine[0].location}: '{name}' is listed for several buckets: say which is meant with --bucket ADDRESS")
    wanted = mine[0] if mine else None
    contract, known = load_for(name, wanted.parameters if wanted else {}, parameters)
    for parameter in parameters:
        if parameter not in known:
            raise parameter_not_known(parameter, [contract.id], known)
    return contract, tuple(buckets) or _buckets(wanted)


def _buckets(wanted: WantedContract | None) -> tuple[str, ...]:
    return wanted.buckets if wanted is not None else ()


def counted(report: Report, settings: Settings) -> Report:
    """The report with its findings as severe as the settings make them, without those that they switch off, which a note tells."""
    counting, off, lowered = as_set(report.findings, lambda _: (), settings)
    left_out = tuple(excluded(settings, Told({}, off, lowered)))
    return replace(report, findings=tuple(counting.values()), notes=(*report.notes, *left_out), left_out=left_out)
