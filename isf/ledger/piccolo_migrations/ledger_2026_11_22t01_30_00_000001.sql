-- Nobody gets more of their own money back than they added (`rules.md` 6).
ALTER TABLE account ADD CONSTRAINT account_top_up_not_over_returned CHECK (kind <> 'top_up' OR balance_pence <= 0);
-- Money only comes in by these two, and only goes out by those two. `promised` stands on either side of zero, and what
-- was paid can come back another way, so nothing is said about them.
ALTER TABLE account ADD CONSTRAINT account_only_comes_in
    CHECK (kind NOT IN ('funding', 'contribution') OR balance_pence <= 0);
ALTER TABLE account ADD CONSTRAINT account_only_goes_out
    CHECK (kind NOT IN ('fee', 'returned') OR balance_pence >= 0);
