"""What a booking outside the plan asks for."""

from isf.plans.queries.covering import fits_sql, in_force_sql
from marketplace.kernel.errors import Conflict


class OutsideThePlan(Conflict):
    """The support plan holds nothing like this, and nobody has said why it is booked."""

    code = "outside_plan"

    def __init__(self) -> None:
        super().__init__(
            "This is not in the support plan. You can book it when you say why:"
            " open it on its own, and write the reason."
        )


IN_PLAN_SQL = f"""
    (NOT EXISTS (SELECT 1 FROM plan_version v WHERE v.person_id = f.person_id AND v.agreed_at IS NOT NULL)
     OR EXISTS (SELECT 1 FROM plan_item i
                 WHERE i.version_id = ({in_force_sql("f.person_id", "s.service_on")})
                   AND {fits_sql("a.category", "s.provider_id")})
     OR EXISTS (SELECT 1 FROM outside_plan o WHERE o.person_id = f.person_id AND o.activity_session_id = s.id))
"""  # noqa: S608 - names, no values
"""Whether the plan of the day holds a session `s` of an activity `a` for the person of a fund `f`, or a reason is said.

Without an agreed plan there is nothing to be outside of: then the money is locked, or for urgent support.
"""
