"""The example transaction in each form that it takes on AWS, written out.

An optional field that a client does not send changes none of these bytes: older records, audit
objects and fingerprints still hold.
"""

from typing import Any

IDENTITY = b'["order-1001", "100.50", "USD", "web"]'
FINGERPRINT = "3fde20b35eeb4cce1db82c49eda340b70f57cfc2dd642eba79acb7d24af851b5"

AUDIT_OBJECT = (
    b'{"amount":"100.50","apiKeyId":"k3y1d00000","currency":"USD",'
    b'"requestId":"7f3b9a52-6c1e-4d8f-9a27-3e5b8c1d0f46","source":"web",'
    b'"timestamp":1767225600000,"transactionId":"order-1001"}'
)
AUDIT_OBJECT_MD5 = "264e66f554dc3ddac927a724cbf8bc93"
AUDIT_OBJECT_METADATA = {
    "timestamp": "1767225600000",
    "request-id": "7f3b9a52-6c1e-4d8f-9a27-3e5b8c1d0f46",
    "api-key-id": "k3y1d00000",
    "fingerprint": FINGERPRINT,
}

ITEM: dict[str, Any] = {
    "transactionId": {"S": "order-1001"},
    "amount": {"N": "100.50"},
    "currency": {"S": "USD"},
    "source": {"S": "web"},
    "timestamp": {"N": "1767225600000"},
    "requestId": {"S": "7f3b9a52-6c1e-4d8f-9a27-3e5b8c1d0f46"},
    "apiKeyId": {"S": "k3y1d00000"},
}

MESSAGE = (
    '{"status": "PROCESSED", "transactionId": "order-1001", "amount": "100.50", '
    '"currency": "USD", "source": "web", "timestamp": 1767225600000, '
    '"requestId": "7f3b9a52-6c1e-4d8f-9a27-3e5b8c1d0f46", "apiKeyId": "k3y1d00000"}'
)
