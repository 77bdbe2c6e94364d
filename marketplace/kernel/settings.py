"""What the outside sets: a handful of environment variables, each with a working default."""

import os
import secrets
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one process."""

    database_url: str | None
    var_dir: Path
    port: int
    base_url: str
    secret: str
    stripe_api_key: str | None
    stripe_api_base: str | None
    stripe_webhook_secret: str | None
    card_fee_basis_points: int
    card_fee_fixed_pence: int
    smtp_url: str | None
    pool_size: int
    trust_proxy: str

    @property
    def secure_cookies(self) -> bool:
        """Cookies travel over HTTPS only, when the site is on HTTPS."""
        return self.base_url.startswith("https://")


def _whole(name: str, text: str | None, most: int) -> int:
    """A whole number from 0 to the most. Raises ValueError that names the variable."""
    if not text:
        return 0
    if not text.isdecimal() or int(text) > most:
        raise ValueError(f"{name} is a whole number from 0 to {most}, not {text!r}")
    return int(text)


def _kept_secret(var_dir: Path) -> str:
    """The secret that signs form tokens: made once, kept beside the data, the same for every process."""
    path = var_dir / "secret"
    if not path.exists():
        var_dir.mkdir(parents=True, exist_ok=True)
        draft = var_dir / f".secret-{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex(32))
        try:
            os.link(draft, path)  # Fails when another process was first: then theirs is the secret.
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Read the environment once. Raises ValueError when a number is not one."""
    env = os.environ
    var_dir = Path(env.get("VAR_DIR") or ROOT / "var").resolve()
    port = int(env.get("PORT") or 8000)
    return Settings(
        database_url=env.get("DATABASE_URL") or None,
        var_dir=var_dir,
        port=port,
        base_url=(env.get("BASE_URL") or f"http://127.0.0.1:{port}").rstrip("/"),
        secret=env.get("SECRET_KEY") or _kept_secret(var_dir),
        stripe_api_key=env.get("STRIPE_API_KEY") or None,
        stripe_api_base=env.get("STRIPE_API_BASE") or None,
        stripe_webhook_secret=env.get("STRIPE_WEBHOOK_SECRET") or None,
        card_fee_basis_points=_whole("CARD_FEE_BASIS_POINTS", env.get("CARD_FEE_BASIS_POINTS"), most=10_000),
        card_fee_fixed_pence=_whole("CARD_FEE_FIXED_PENCE", env.get("CARD_FEE_FIXED_PENCE"), most=10_000),
        smtp_url=env.get("SMTP_URL") or None,
        pool_size=int(env.get("POOL_SIZE") or 4),
        trust_proxy=env.get("TRUST_PROXY") or "",
    )
