"""Every error of the developer's tools, in one tree.

::

    DevtoolsError
    ├── ProjectNotFound   the current folder belongs to no project
    ├── ProjectNotMade    a new project cannot be made there, or under that name
    ├── ApplicationError  the project's code lacks what a command needs of it
    ├── ToolMissing       a program that a command runs is not installed
    ├── SettingError      an option or a variable has a value that cannot work
    ├── PortTaken         another program listens where the server should
    ├── CredentialsError  what an API asks of its callers is missing
    ├── TemplateError     template.yaml lacks what is needed, or says it in another way
    ├── EngineError       a local DynamoDB could not be fetched, started or kept running
    ├── EndpointError     nothing that speaks DynamoDB answers at an address
    ├── TableMismatch     a table of that name exists, with other keys or indexes
    ├── DockerError       Docker is missing, does not answer or cannot do what is needed
    ├── BuildError        the function's package would not work
    ├── SamError          the AWS SAM CLI failed
    └── SchemaError       a model says what has no type in TypeScript

A message is one sentence for the person at the terminal; the fields carry the same facts for
programs. The command line prints the message and exits with 1, without a traceback.
"""

from __future__ import annotations

from dataclasses import dataclass


class DevtoolsError(Exception):
    """Root of the errors that a developer can do something about."""


class ProjectNotFound(DevtoolsError):
    """The current folder belongs to no project.

    Parameters
    ----------
    start : str
        The folder.
    """

    def __init__(self, start: str) -> None:
        super().__init__(
            f"There is no template.yaml in {start} or above: run roundtrip new NAME, or change "
            "into a project."
        )
        self.start = start


class ProjectNotMade(DevtoolsError):
    """A new project cannot be made; nothing was written.

    Parameters
    ----------
    name : str
        What it would be called.
    reason : str
        Why not and what to do about it, as a clause.
    """

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name!r} was not made: {reason}.")
        self.name = name
        self.reason = reason


class ApplicationError(DevtoolsError):
    """The project's code lacks what a command needs of it; the message says what."""


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A program that a command runs.

    Parameters
    ----------
    program : str
        What is looked for on ``PATH``.
    purpose : str
        What it is for, as a clause.
    install : str
        The command that installs it.
    """

    program: str
    purpose: str
    install: str


class ToolMissing(DevtoolsError):
    """Programs that a command runs are not installed.

    Parameters
    ----------
    *tools : Tool
        Each of them.
    """

    def __init__(self, *tools: Tool) -> None:
        named = ", and ".join(f"{tool.program}, {tool.purpose}" for tool in tools)
        were = "was" if len(tools) == 1 else "were"
        install = " and ".join(tool.install for tool in tools)
        super().__init__(f"{named}, {were} not found on PATH: run {install}.")
        self.tools = tools


class SettingError(DevtoolsError):
    """An option or an environment variable has a value that cannot work.

    Parameters
    ----------
    setting : str
        Its name, such as ``PORT``.
    expected : str
        What would work.
    value : str
        What came.
    """

    def __init__(self, setting: str, *, expected: str, value: str) -> None:
        super().__init__(f"{setting} must be {expected}, not {value!r}.")
        self.setting = setting
        self.expected = expected
        self.value = value


class PortTaken(DevtoolsError):
    """Another program listens on the port.

    Parameters
    ----------
    host, port : str, int
        Where.
    """

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"Port {port} on {host} is taken by another program: stop it, or choose another "
            f"port with PORT= or --port."
        )
        self.host = host
        self.port = port


class CredentialsError(DevtoolsError):
    """What is needed to be let in by an API is missing; the message says what."""


class TemplateError(DevtoolsError):
    """The template lacks something, or says it in a way these tools cannot read.

    Parameters
    ----------
    path : str
        The template's file.
    reason : str
        What is wrong, as a clause.
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}.")
        self.path = path
        self.reason = reason


class EngineError(DevtoolsError):
    """A local DynamoDB could not be fetched, started or kept running.

    Parameters
    ----------
    engine : str
        Which one, by its name.
    reason : str
        What went wrong and what to do about it, as a clause.
    log : str, optional
        The last line the engine wrote.
    """

    def __init__(self, engine: str, reason: str, *, log: str = "") -> None:
        super().__init__(f"{engine}: {reason}" + (f" (it said: {log})." if log else "."))
        self.engine = engine
        self.reason = reason
        self.log = log


class EndpointError(DevtoolsError):
    """Nothing that speaks DynamoDB answers at an address, or it refuses the caller.

    Parameters
    ----------
    endpoint_url : str
        The address.
    reason : str
        What happened, as a clause.
    """

    def __init__(self, endpoint_url: str, reason: str) -> None:
        super().__init__(f"DynamoDB at {endpoint_url}: {reason}.")
        self.endpoint_url = endpoint_url
        self.reason = reason


class TableMismatch(DevtoolsError):
    """A table of that name exists, and is not the one the template defines.

    Parameters
    ----------
    table_name : str
        The table.
    part : str
        What differs: ``KeySchema``, ``AttributeDefinitions``, ``GlobalSecondaryIndexes`` ...
    expected, actual : object
        That part in the template and in the engine.
    """

    def __init__(self, table_name: str, part: str, *, expected: object, actual: object) -> None:
        super().__init__(
            f"Table {table_name} exists with another {part}: the template says {expected}, the "
            f"table has {actual}; start with --fresh to forget a local table, or use another one."
        )
        self.table_name = table_name
        self.part = part
        self.expected = expected
        self.actual = actual


class DockerError(DevtoolsError):
    """Docker is missing, does not answer, or cannot do what is needed.

    Parameters
    ----------
    reason : str
        What is wrong and what to do about it, as a clause.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"Docker: {reason}.")
        self.reason = reason


class BuildError(DevtoolsError):
    """The function's package would not work; the message says why."""


class SamError(DevtoolsError):
    """The AWS SAM CLI failed, or what it runs.

    Parameters
    ----------
    reason : str
        What is wrong, as a clause.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"AWS SAM CLI: {reason}.")
        self.reason = reason


class SchemaError(DevtoolsError):
    """A model says what no type of TypeScript is made of here.

    Parameters
    ----------
    name : str
        The component of the OpenAPI document with that model.
    expected : str
        What a schema may be of.
    received : str
        What this one says.
    """

    def __init__(self, name: str, *, expected: str, received: str) -> None:
        super().__init__(
            f"{name}: expected a JSON schema of {expected}; received {received}; "
            "declare the payload or the state in another way."
        )
        self.name = name
        self.received = received
