"""The statuses of a CloudFormation stack, with what lets `sam deploy` succeed."""

DEPLOYABLE = ""
WAIT = "wait until the operation has ended"
DELETE = "run this, then preflight again: sam delete --stack-name {name} --region {region}"
ROLL_BACK = "aws cloudformation rollback-stack --stack-name {name} --region {region}"
REMEDIES = {
    **dict.fromkeys(
        (
            "CREATE_COMPLETE",
            "UPDATE_COMPLETE",
            "UPDATE_ROLLBACK_COMPLETE",
            "IMPORT_COMPLETE",
            "IMPORT_ROLLBACK_COMPLETE",
        ),
        DEPLOYABLE,
    ),
    **dict.fromkeys(
        (
            "CREATE_IN_PROGRESS",
            "ROLLBACK_IN_PROGRESS",
            "DELETE_IN_PROGRESS",
            "UPDATE_IN_PROGRESS",
            "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
            "UPDATE_ROLLBACK_IN_PROGRESS",
            "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
            "IMPORT_IN_PROGRESS",
            "IMPORT_ROLLBACK_IN_PROGRESS",
        ),
        WAIT,
    ),
    # The stack has never worked, or its deletion has begun.
    **dict.fromkeys(("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED"), DELETE),
    # Rollback was disabled. Without an earlier state, this deletes the stack:
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_RollbackStack.html
    **dict.fromkeys(("CREATE_FAILED", "UPDATE_FAILED"), ROLL_BACK),
    # A deletion would destroy the API's URL and key.
    "UPDATE_ROLLBACK_FAILED": (
        "fix what describe-stack-events reports, then: "
        "aws cloudformation continue-update-rollback --stack-name {name} --region {region}"
    ),
    "IMPORT_ROLLBACK_FAILED": (
        "do not delete the stack; ask AWS Support: "
        "no command of CloudFormation continues the rollback of an import"
    ),
}
"""The remedy for each status of a stack.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
"""
NO_STACK = ("REVIEW_IN_PROGRESS", "DELETE_COMPLETE")
"""`sam deploy` creates the stack; in review, it is a change set that was never executed."""


def remedy(status: str, stack_name: str, region: str) -> str:
    """Return what makes a stack of this status deployable; empty if it is."""
    return REMEDIES.get(status, WAIT).format(name=stack_name, region=region)
