"""Functions on IP networks."""

from __future__ import annotations

import decimal
import ipaddress
from typing import Any

from auditor.sources.terraform.functions.registry import FunctionError, NotEvaluated, strict

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _network(prefix: str) -> _Network:
    if "/" not in prefix:
        raise FunctionError(f"{prefix!r} is not a valid CIDR prefix")
    try:
        return ipaddress.ip_network(prefix, strict=False)
    except ValueError:
        raise FunctionError(f"{prefix!r} is not a valid CIDR prefix") from None


def _whole(number: decimal.Decimal) -> int:
    if number != int(number):
        raise FunctionError("a whole number is required")
    return int(number)


@strict("cidrhost", "text", "number", makes="string")
def cidr_host(prefix: str, number: decimal.Decimal) -> str:
    """`cidrhost`."""
    network, host = _network(prefix), _whole(number)
    if not -network.num_addresses <= host < network.num_addresses:
        raise FunctionError("the prefix has fewer hosts")
    return str(network[host])


@strict("cidrnetmask", "text", makes="string")
def cidr_netmask(prefix: str) -> str:
    """`cidrnetmask`, of IPv4."""
    network = _network(prefix)
    if network.version == 6:
        raise FunctionError("IPv6 has no netmask")
    return str(network.netmask)


@strict("cidrsubnet", "text", "number", "number", makes="string")
def cidr_subnet(prefix: str, new_bits: decimal.Decimal, number: decimal.Decimal) -> str:
    """`cidrsubnet`."""
    return str(_subnet(_network(prefix), _whole(new_bits), _whole(number)))


def _subnet(network: _Network, bits: int, number: int) -> _Network:
    length = network.prefixlen + bits
    if bits < 0 or length > network.max_prefixlen or not 0 <= number < 2**bits:
        raise FunctionError("there is no such subnet")
    start = int(network.network_address) + (number << (network.max_prefixlen - length))
    return type(network)((start, length))


@strict("cidrsubnets", "text", variadic="number")
def cidr_subnets(prefix: str, *new_bits: decimal.Decimal) -> Any:
    """`cidrsubnets`: one after another, each aligned to its own size."""
    network = _network(prefix)
    at = int(network.network_address)
    found = []
    for bits in map(_whole, new_bits):
        length = network.prefixlen + bits
        if bits < 1 or length > network.max_prefixlen:
            raise FunctionError("there is no such subnet")
        size = 1 << (network.max_prefixlen - length)
        at = -(-at // size) * size
        if at + size > int(network.network_address) + network.num_addresses:
            raise FunctionError("the prefix is used up")
        if bits > 32:
            raise NotEvaluated("more than 32 new bits are not evaluated")
        found.append(str(type(network)((at, length))))
        at += size
    return found
