"""What can be done to a support plan: each use case one transaction."""

from isf.plans.commands.keys import (
    NotThisKey,
    WroteThePlan,
    send_back,
    submit_plan,
    take_back_submission,
    turn_key,
)
from isf.plans.commands.releasing import release_fund, release_funds
from isf.plans.commands.versions import (
    NoBudget,
    PlanBeingWritten,
    start_next_version,
    start_plan,
    withdraw_plan,
    write_for_budget,
)
from isf.plans.commands.writing import (
    EditedMeanwhile,
    add_item,
    change_item,
    forget_helper,
    name_helper,
    remove_item,
    write_words,
)

__all__ = [
    "EditedMeanwhile",
    "NoBudget",
    "NotThisKey",
    "PlanBeingWritten",
    "WroteThePlan",
    "add_item",
    "change_item",
    "forget_helper",
    "name_helper",
    "release_fund",
    "release_funds",
    "remove_item",
    "send_back",
    "start_next_version",
    "start_plan",
    "submit_plan",
    "take_back_submission",
    "turn_key",
    "withdraw_plan",
    "write_for_budget",
    "write_words",
]
