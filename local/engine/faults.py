"""Fault injection: errors and delays in the operations of a service.

POST   /_local/faults   add a fault, given as JSON; returns its ID
GET    /_local/faults   list the active faults and their remaining calls
DELETE /_local/faults   remove the fault with the ID `id`, or all faults
"""

import dataclasses
import itertools
import json
import threading
import time
from http import HTTPStatus

from localemu.aws.api import CommonServiceException
from localemu.aws.handlers import serve_custom_service_request_handlers
from localemu.http import Request, Resource, Response
from localemu.services.internal import get_internal_apis

from local.engine.patching import Untyped

PATH = "/_local/faults"


@dataclasses.dataclass
class Fault:
    """A fault in the next `times` calls (None: all) whose request contains `containing`."""

    service: str
    operation: str
    code: str = ""
    status: int = 500
    message: str = "Injected fault"
    latency_seconds: float = 0.0
    times: int | None = None
    containing: str = ""

    def matches(self, service: str, operation: str, request: object) -> bool:
        """Return whether the fault applies to a call."""
        return (
            (self.service, self.operation) == (service, operation)
            and self.times != 0
            and self.containing in json.dumps(request, default=str)
        )


class Faults:
    """The active faults; the oldest that matches a call applies."""

    def __init__(self) -> None:
        self._ids = itertools.count(1)
        self._faults: dict[int, Fault] = {}
        self._lock = threading.Lock()

    def __call__(self, _chain: Untyped, context: Untyped, _response: Untyped) -> None:
        """Apply the oldest matching fault to the call."""
        called = context.service.service_name, context.operation.name, context.service_request
        with self._lock:
            fault = next((item for item in self._faults.values() if item.matches(*called)), None)
            if fault and fault.times is not None:
                fault.times -= 1
        if fault:
            time.sleep(fault.latency_seconds)
            if fault.code:
                raise CommonServiceException(fault.code, fault.message, status_code=fault.status)

    def on_post(self, request: Request) -> Response:
        """Add a fault."""
        try:
            fault = Fault(**request.get_json())
        except TypeError as error:
            return Response(f"{error}\n", status=HTTPStatus.BAD_REQUEST)
        with self._lock:
            number = next(self._ids)
            self._faults[number] = fault
        return Response.for_json({"id": number}, status=HTTPStatus.CREATED)

    def on_get(self, _request: Request) -> Response:
        """Return the faults."""
        with self._lock:
            listed = [{"id": n, **dataclasses.asdict(f)} for n, f in self._faults.items()]
        return Response.for_json(listed)

    def on_delete(self, request: Request) -> Response:
        """Remove a fault, or all of them."""
        number = request.args.get("id", type=int)
        with self._lock:
            if number is None:
                self._faults.clear()
            else:
                self._faults.pop(number, None)
        return Response(status=HTTPStatus.NO_CONTENT)


def serve() -> None:
    """Register the endpoint and check every call for faults."""
    faults = Faults()
    serve_custom_service_request_handlers.append(faults)
    get_internal_apis().add(Resource(PATH, faults))
