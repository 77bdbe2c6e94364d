"""The pages of frameworks, applications and the register."""

from providers.commissions.routes import applying, deciding, frameworks, register

HANDLERS = [*applying.HANDLERS, *deciding.HANDLERS, *frameworks.HANDLERS, *register.HANDLERS]
