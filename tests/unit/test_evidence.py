"""What a stack keeps of one transaction."""

import pytest
from botocore.exceptions import ClientError

from ops.evidence import audit_object_of
from tests.unit.stacks import a_stack, answering


def test_there_is_no_audit_object_where_nobody_claimed_the_id() -> None:
    stack = a_stack()
    with answering(stack.s3) as (s3,):
        s3.add_client_error("get_object", "NoSuchKey", http_status_code=404)
        assert audit_object_of(stack, "order-1") is None


def test_an_audit_object_that_cannot_be_read_is_no_missing_one() -> None:
    stack = a_stack()
    with answering(stack.s3) as (s3,):
        s3.add_client_error("get_object", "AccessDenied", http_status_code=403)
        with pytest.raises(ClientError, match="AccessDenied"):
            audit_object_of(stack, "order-1")
