"""The solvers between picture and noise, and what encoding by each costs. No torch: the window lists them."""

from enum import StrEnum


class Solver(StrEnum):
    """How a picture is taken to noise and back; each has a module of its own beside this one.

    DDIM           one deterministic step, first order (core.diffusion.step)
    DPM            DPM-Solver++(2M), second order, both ways (dpm_solver)
    FIXED_POINT    DDIM, its inversion made to fit by fixed-point iterations (fixed_point)
    EDIT_FRIENDLY  DDPM noise maps that give the picture back exactly (edit_friendly)
    """

    DDIM = "ddim"
    DPM = "dpm++2m"
    FIXED_POINT = "fixed-point"
    EDIT_FRIENDLY = "edit-friendly"

    def encoding(self, steps: int, iterations: int) -> int:
        """UNet evaluations of an inversion over so many steps."""
        return 1 + iterations * steps if self is Solver.FIXED_POINT else steps
