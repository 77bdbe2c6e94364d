"""A small server that speaks Stripe's wire format, so that card payment can be tried without Stripe.

It is a *test instrument*: it stands for a system outside the house, as a crash-test dummy stands for a driver.
That is why it keeps everything in memory and forgets it when it stops. It moves no money, takes no real card,
and refuses a live key. It knows what Fairday uses (hosted Checkout in pounds, payment intents, refunds, events,
signed webhooks, idempotency keys, connected accounts) and refuses the rest aloud instead of ignoring it.

What it shows: that our requests are ones that Stripe's own SDK makes, with parameters and answers of the shapes
that the SDK declares, and that replays, disorder, lost answers and closed pages end well. What it cannot show:
that Stripe behaves so in every corner. Before going live, run the same journeys against a sandbox at Stripe.

    python -m tests.stripe_server --port 12111 --webhook-url URL --webhook-secret whsec_test
"""
