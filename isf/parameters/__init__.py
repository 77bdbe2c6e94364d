"""The dated figures that each council decides: `await parameter(council_id, Parameter.SURPLUS_WEEKS, day)`."""

from isf.parameters.queries import ParameterNotSet, parameter, parameters
from isf.parameters.rules import Parameter

__all__ = ["Parameter", "ParameterNotSet", "parameter", "parameters"]
