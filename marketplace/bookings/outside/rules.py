"""What a booking outside the plan asks for."""

from marketplace.kernel.errors import Conflict


class OutsideThePlan(Conflict):
    """The support plan holds nothing like this, and nobody has said why it is booked."""

    code = "outside_plan"

    def __init__(self) -> None:
        super().__init__(
            "This is not in the support plan. You can book it when you say why:"
            " open it on its own, and write the reason."
        )


IN_PLAN_SQL = """
    (NOT EXISTS (SELECT 1 FROM plan_version v WHERE v.person_id = f.person_id AND v.state = 'agreed')
     OR EXISTS (SELECT 1 FROM plan_version v JOIN plan_item i ON i.version_id = v.id
                 WHERE v.person_id = f.person_id AND v.state = 'agreed'
                   AND (i.category IS NULL OR i.category = a.category)
                   AND (i.provider_id IS NULL OR i.provider_id = s.provider_id))
     OR EXISTS (SELECT 1 FROM outside_plan o WHERE o.person_id = f.person_id AND o.activity_session_id = s.id))
"""
"""Whether the plan in force holds a session `s` of an activity `a` for the person of a fund `f`, or a reason was said.

Without an agreed plan there is nothing to be outside of: then the money is locked, or for urgent support.
"""
