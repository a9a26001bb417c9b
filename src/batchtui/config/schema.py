"""What can be configured, and how it is checked. The only module of this layer with pydantic.

The descriptions and examples of the fields are the text of `config.example.toml`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from batchtui.config import values
from batchtui.config.kinds import DEFAULT_KIND, KINDS, Kind
from batchtui.config.paths import expand_home

__all__ = [
    "AccountConfig",
    "Config",
    "PollingConfig",
    "Problem",
    "ResultsConfig",
    "SecretStr",
    "UiConfig",
    "check",
]

KEY_FIELDS = ("api_key_env", "api_key_command", "api_key_file", "api_key", "profile")
"""The keys of an account that say where its API key comes from: one of them at most."""


def _secret(check_text: Callable[[str], str]) -> AfterValidator:
    def check_secret(secret: SecretStr) -> SecretStr:
        return SecretStr(check_text(secret.get_secret_value()))

    return AfterValidator(check_secret)


def _at_home(value: object, info: ValidationInfo) -> object:
    home = (info.context or {}).get("home")
    return expand_home(value, home) if home and isinstance(value, str) else value


Flag = Annotated[bool, Field(strict=True)]
Seconds = Annotated[float, BeforeValidator(values.seconds), Field(ge=1, le=86_400)]
ByteCount = Annotated[int, Field(ge=0)]
AbsolutePath = Annotated[Path, BeforeValidator(_at_home), AfterValidator(values.absolute_path)]


class Section(BaseModel):
    """Base of all: frozen, no unknown keys, and no value in an error's text."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class AccountConfig(Section):
    """One account: a server, a protocol and where its key comes from."""

    name: Annotated[str, AfterValidator(values.account_name)]
    kind: str = Field(
        default=DEFAULT_KIND,
        description=(
            "The protocol that the server speaks: "
            + ", ".join(f"{name} ({kind.title})" for name, kind in KINDS.items())
            + "."
        ),
    )
    dialect: str = Field(
        default="",
        validate_default=True,
        description=(
            "Which of the servers that speak the kind openai it is: "
            + ", ".join(KINDS["openai"].dialects)
            + ". By itself openai; other kinds have none."
        ),
    )
    base_url: str = Field(
        default="",
        validate_default=True,
        description=(
            "The root of the server, without /v1. By itself the provider's own; where the key comes"
            " from the variables of its kind (see api_key_env), ANTHROPIC_BASE_URL, LETTA_BASE_URL"
            " or OPENAI_BASE_URL is used too."
        ),
        examples=[KINDS[DEFAULT_KIND].base_url],
    )
    api_key_env: Annotated[str, AfterValidator(values.variable_name)] | None = Field(
        default=None,
        description=(
            "The environment variable that holds the key. An account with none of the four key"
            " settings uses the variable of its kind: ANTHROPIC_API_KEY (or else"
            " ANTHROPIC_AUTH_TOKEN, with bearer as its auth), LETTA_API_KEY, OPENAI_API_KEY."
            " Without any account in this file, each of these variables makes an account named"
            " after its kind, and so does LETTA_BASE_URL, since a Letta server may want no key."
        ),
        examples=["ANTHROPIC_API_KEY"],
    )
    api_key_command: Annotated[str, AfterValidator(values.command)] | None = Field(
        default=None,
        repr=False,
        description=(
            "A command whose first line of output is the key. It is split into words as a shell"
            " does, but no shell runs it."
        ),
        examples=["pass show anthropic"],
    )
    api_key_file: AbsolutePath | None = Field(
        default=None,
        description=(
            "A file that holds the key and nothing else. Only you should be able to read it."
        ),
        examples=["~/.config/batchtui/anthropic.key"],
    )
    api_key: Annotated[SecretStr, _secret(values.key_text)] | None = Field(
        default=None,
        description="The key itself. Better is one of the three above.",
        examples=["sk-ant-..."],
    )
    profile: str | None = Field(
        default=None,
        description=(
            "A profile of Anthropic's own tools (`ant auth login` makes them), whose login serves"
            " as key. Without any key, the profile in use is taken: ANTHROPIC_PROFILE, else the"
            " one that ANTHROPIC_CONFIG_DIR or ~/.config/anthropic says is active."
        ),
        examples=["default"],
    )
    auth: Literal["x-api-key", "bearer", "api-key", "bare-password", "none", ""] = Field(
        default="",
        validate_default=True,
        description=(
            "How the key is sent: in the header x-api-key (usual for anthropic), as Authorization:"
            " Bearer (letta, openai), in the header api-key (azure), or as Letta's"
            " X-BARE-PASSWORD. none is for servers that ask for no key."
        ),
        examples=["bearer"],
    )
    anthropic_version: Annotated[str, AfterValidator(values.version_date)] = Field(
        default="2023-06-01", description="The API version, sent as anthropic-version."
    )
    workspace_id: Annotated[str, AfterValidator(values.header_value)] = Field(
        default="",
        description=(
            "The workspace to work in, sent as anthropic-workspace-id. Only for logins that span"
            " several; a key belongs to one."
        ),
        examples=["wrkspc_01..."],
    )
    betas: tuple[Annotated[str, AfterValidator(values.beta_name)], ...] = Field(
        default=(),
        description="Beta features to ask for, sent as anthropic-beta.",
        examples=[["output-300k-2026-03-24"]],
    )
    read_only: Flag = Field(
        default=False, description="Never create, cancel or delete anything in this account."
    )
    headers: Mapping[
        Annotated[str, AfterValidator(values.header_name)],
        Annotated[SecretStr, _secret(values.header_value)],
    ] = Field(
        default_factory=dict,
        description="Extra headers for each request. Their values are treated as secrets.",
        examples=[{"X-Team": "evaluation"}],
    )
    ca_bundle: AbsolutePath | None = Field(
        default=None,
        description="A PEM file of certificate authorities to trust instead of the usual ones.",
        examples=["~/.config/batchtui/company-ca.pem"],
    )
    proxy: Annotated[SecretStr, _secret(values.proxy_url)] | None = Field(
        default=None,
        description=(
            "The proxy to go through, http or https. By itself the HTTPS_PROXY family of variables"
            " is heeded, except for servers on this machine."
        ),
        examples=["http://proxy.example:3128"],
    )
    timeout: Annotated[float, BeforeValidator(values.seconds), Field(ge=1, le=600)] = Field(
        default=30.0,
        description='How long to wait for the server to send something: seconds, or "30s", "2m".',
    )

    @field_validator("kind")
    @classmethod
    def _known_kind(cls, kind: str) -> str:
        return values.one_of(kind, KINDS)

    @field_validator("dialect")
    @classmethod
    def _known_dialect(cls, name: str, info: ValidationInfo) -> str:
        known = _kind_of(info).dialects
        if known:
            return values.one_of(name or next(iter(known)), known)
        if name:
            raise ValueError("only accounts of the kind openai have dialects")
        return name

    @field_validator("base_url")
    @classmethod
    def _normal_url(cls, url: str, info: ValidationInfo) -> str:
        kind = _kind_of(info)
        usual = kind.dialect(info.data.get("dialect", "")).base_url
        if not (url or usual):
            raise ValueError("must be given: servers of this dialect have no usual address")
        normal = values.server_url(url or usual)
        return normal.removesuffix("/v1") if kind.url_has_version else normal

    @field_validator("auth", mode="before")
    @classmethod
    def _usual_auth(cls, word: object, info: ValidationInfo) -> object:
        """A way of sending the key; an empty word is the one usual for such an account."""
        if word:
            return values.auth_word(word)
        kind = _kind_of(info)
        if info.data.get("profile") is not None:
            return "bearer"
        has_key = any(info.data.get(name) is not None for name in KEY_FIELDS)
        if kind.key_optional and not has_key:
            return "none"
        return kind.dialect(info.data.get("dialect", "")).auth

    @model_validator(mode="after")
    def _one_key_source(self) -> "AccountConfig":
        given = [name for name in KEY_FIELDS if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"several sources of one key ({', '.join(given)}): keep one of them")
        if given and self.auth == "none":
            raise ValueError(f'auth = "none" sends no key: remove it, or {given[0]}')
        return self


def _kind_of(info: ValidationInfo) -> Kind:
    """The kind of the account that is looked at; the usual one where its own is wrong."""
    return KINDS.get(info.data.get("kind", "")) or KINDS[DEFAULT_KIND]


class PollingConfig(Section):
    """How often an account is asked for news. Times in seconds; a server may ask for longer."""

    active: Seconds = Field(
        default=30.0,
        description='While some batch is not done yet: seconds (at least 1), or "30s", "5m".',
    )
    focused: Seconds = Field(
        default=5.0, description="While such a batch is selected in the terminal UI."
    )
    idle: Seconds = Field(default=300.0, description="While all batches are done.")
    max_backoff: Seconds = Field(
        default=300.0, description="The longest wait between tries while the server fails."
    )


class ResultsConfig(Section):
    """Local copies of results."""

    dir: AbsolutePath | None = Field(
        default=None,
        description="Where downloaded results are kept. By itself the cache folder of batchtui.",
        examples=["~/batch-results"],
    )
    budget: Annotated[ByteCount | None, BeforeValidator(values.byte_count)] = Field(
        default=10_000_000_000,
        description=(
            'How much room they may take: bytes, or "500MB", "10GB", "none" for no limit. Beyond'
            " it the least recently used ones are dropped, but never one that could not be fetched"
            " again, nor one that `batchtui results ID --keep` has marked."
        ),
        examples=["10GB"],
    )


class UiConfig(Section):
    """The terminal UI."""

    theme: str | None = Field(
        default=None,
        min_length=1,
        description="The colours at the start; the key for themes shows which there are.",
        examples=["textual-dark"],
    )
    mouse: bool | None = Field(
        default=None,
        strict=True,
        description="Heed the mouse. By itself on, but off over SSH.",
        examples=[True],
    )
    ascii: Flag = Field(
        default=False, description="Draw with ASCII only, for terminals and fonts without more."
    )
    wide: Flag = Field(default=False, description="Begin with all columns of the batch list.")
    keymap: Mapping[str, str] = Field(
        default_factory=dict,
        description=(
            "Other keys for commands: the id of a command, then its keys with commas between."
            " The help (?) shows the ids."
        ),
        examples=[{"app.quit": "q,ctrl+q"}],
    )


class Config(Section):
    """The whole configuration. Without any account nothing is configured."""

    read_only: Flag = Field(
        default=False, description="Never create, cancel or delete anything, in any account."
    )
    accounts: tuple[AccountConfig, ...] = ()
    polling: PollingConfig = PollingConfig()
    results: ResultsConfig = ResultsConfig()
    ui: UiConfig = UiConfig()


SECTIONS: Mapping[str, type[Section]] = {
    "polling": PollingConfig,
    "results": ResultsConfig,
    "ui": UiConfig,
}
"""The tables that are there once; an account's table is `accounts.NAME`."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A value that cannot be: where it is, pydantic's name for the error, and its numbers.

    `path` goes through `Config`, with the index of an account.
    """

    path: tuple[str | int, ...]
    type: str
    message: str
    context: Mapping[str, Any]


def check(data: Mapping[str, object], home: Path) -> Config | list[Problem]:
    """The configuration that plain data makes, or all that is wrong with it.

    Paths in `data` may begin with `~/`, which stands for `home`.
    """
    try:
        return Config.model_validate(data, context={"home": home})
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
    return [
        Problem(entry["loc"], entry["type"], entry["msg"], entry.get("ctx", {})) for entry in found
    ]
