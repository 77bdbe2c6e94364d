"""Where a seller is paid and where a payer pays from: dated versions, changed by two people, with days to stop it."""
