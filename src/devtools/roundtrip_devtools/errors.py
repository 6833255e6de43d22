"""The errors of these tools: each is one sentence that says what to do.

The command line prints the sentence without a traceback, and exits with 1.
"""

from typing import ClassVar, NamedTuple


class DevtoolsError(Exception):
    """An error that a developer can do something about; its form makes a sentence of its parts."""

    _form: ClassVar = "{}"

    def __init_subclass__(cls, form: str = "{}") -> None:
        """Set the form of a kind of error."""
        cls._form = form

    def __init__(self, *parts: object, **named: object) -> None:
        super().__init__(self._form.format(*parts, **named))


class ProjectNotFound(
    DevtoolsError,
    form="There is no template.yaml in {} or above: run roundtrip new NAME, or change into a "
    "project.",
):
    """The current folder belongs to no project."""


class ProjectNotMade(DevtoolsError, form="{!r} was not made: {}."):
    """A new project cannot be made; nothing was written. Parts: name, reason."""


class ApplicationError(DevtoolsError):
    """The project's code lacks something that a command needs."""


class Tool(NamedTuple):
    """A program that a command runs, what it is for, and the command that installs it."""

    program: str
    purpose: str
    install: str


class ToolMissing(DevtoolsError):
    """Programs that a command runs are not installed."""

    def __init__(self, *tools: Tool) -> None:
        named = ", and ".join(f"{tool.program}, {tool.purpose}" for tool in tools)
        were = "was" if len(tools) == 1 else "were"
        install = " and ".join(tool.install for tool in tools)
        super().__init__(f"{named}, {were} not found on PATH: run {install}.")


class SettingError(DevtoolsError, form="{} must be {expected}, not {value!r}."):
    """An option or an environment variable has a value that cannot work."""


class PortTaken(
    DevtoolsError,
    form="Port {1} on {0} is taken by another program: stop it, or choose another port with PORT= "
    "or --port.",
):
    """Another program listens on the port. Parts: host, port."""


class CredentialsError(DevtoolsError):
    """The credentials that an API asks for are missing or cannot be read."""


class TemplateError(DevtoolsError, form="{}: {}."):
    """The template lacks something, or says it in a way that these tools cannot read."""


class EngineError(DevtoolsError):
    """A local DynamoDB could not be fetched, started or kept running."""

    def __init__(self, engine: str, reason: str, *, log: str = "") -> None:
        super().__init__(f"{engine}: {reason}" + (f" (it said: {log})." if log else "."))


class EndpointError(DevtoolsError, form="DynamoDB at {}: {}."):
    """Nothing that speaks DynamoDB answers at a URL, or it refuses the caller."""


class TableMismatch(
    DevtoolsError,
    form="Table {} exists with another {}: the template says {expected}, the table has {actual}; "
    "start with --fresh to forget a local table, or use another one.",
):
    """A table of that name exists and differs from the one in the template."""


class DockerError(DevtoolsError, form="Docker: {}."):
    """Docker is missing, does not answer, or cannot do what is needed."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BuildError(DevtoolsError):
    """The function's package would not work."""


class SamError(DevtoolsError, form="AWS SAM CLI: {}."):
    """The AWS SAM CLI, or a program that it runs, failed."""


class SchemaError(
    DevtoolsError,
    form="{}: expected a JSON schema of {expected}; received {received}; declare the payload or "
    "the state in another way.",
):
    """A model's schema has no type in TypeScript."""
