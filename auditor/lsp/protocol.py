"""What the library leaves to a server: messages out of order, requests that are malformed, and an editor that is gone.

Source: Language Server Protocol 3.17, "Lifecycle Messages", "Response Message", "Exit Notification".
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from lsprotocol.types import EXIT, INITIALIZE
from pygls.exceptions import JsonRpcException, JsonRpcInvalidRequest, JsonRpcServerNotInitialized
from pygls.protocol import LanguageServerProtocol
from pygls.protocol.json_rpc import RPCMessage, RPCRequest

from auditor.console import say

if TYPE_CHECKING:
    from pygls.io_ import AsyncWriter, Writer


class Protocol(LanguageServerProtocol):
    """Answers every request, whatever it is, and ends the process when nobody can be answered any more."""

    @property
    def is_over(self) -> bool:
        """Whether the editor asked the server to shut down."""
        return self._shutdown

    def set_writer(self, writer: AsyncWriter | Writer, include_headers: bool = True) -> None:
        """Takes what messages are written with."""
        super().set_writer(_Surely(writer), include_headers)

    def structure_message(self, data: dict[str, Any]) -> Any:
        """A message in the classes of the protocol; a request that is not one is answered: its editor waits."""
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            asked = data.get("id")
            if "method" in data and isinstance(asked, int | str):
                self._send_response(asked, None, error.to_response_error())
            raise

    def handle_message(self, message: RPCMessage) -> None:
        """Handles a message, if its turn has come."""
        fault = self._fault_of(getattr(message, "method", EXIT))
        if fault is None:
            super().handle_message(message)
        elif isinstance(message, RPCRequest):
            self._send_response(message.id, None, fault.to_response_error())

    def _fault_of(self, method: str) -> JsonRpcException | None:
        """Why a message does not count now."""
        if method == EXIT:
            return None
        if self._workspace is None:
            return None if method == INITIALIZE else JsonRpcServerNotInitialized()
        if self._shutdown:
            return JsonRpcInvalidRequest("the server is shutting down")
        return JsonRpcInvalidRequest("the server is initialized already") if method == INITIALIZE else None


class _Surely:
    """Writes, or ends the process: a server that cannot answer has nothing more to do, and nothing to put in order.

    Args:
        writer: writes to standard output.
    """

    def __init__(self, writer: AsyncWriter | Writer) -> None:
        self._writer = writer

    def write(self, data: bytes) -> None:
        """Writes all of it."""
        try:
            self._writer.write(data)
        except BrokenPipeError:  # the editor is gone
            os._exit(1)
        except OSError as error:
            say(f"error: standard output: cannot be written: {error.strerror or error}")
            os._exit(2)

    def close(self) -> None:
        """Closes it."""
        self._writer.close()
