"""Reading the configuration anew while the daemon runs: sound and usable, or refused with the file and line."""

from __future__ import annotations

from .config import Settings, read_settings
from .yamlfile import FileErrors

# The note of why the files on disk are not in use; empty where they are.
CONFIG_FAULT_NOTE = "config_fault"


class NotInUse(Exception):
    """Why new configuration files are not used: one line for each fault."""


def read_anew(present: Settings) -> Settings:
    """The settings that the files now hold. Raises NotInUse, and nothing else, where the daemon cannot go on by them.

    Whatever is in the files, half written ones included, the present settings stay usable.
    """
    from .reading.pipelines import require_model
    from .reading.read import MissingModel

    try:
        settings = read_settings(present.file)
        if settings.model != present.model:
            require_model(settings.model)
    except (FileErrors, MissingModel) as error:
        raise NotInUse(str(error)) from error
    except Exception as error:  # a fault of ours in reading a broken file must not stop the daemon
        raise NotInUse(f"{present.file}: cannot be read ({type(error).__name__}: {error})") from error
    if settings.state != present.state:
        raise NotInUse(f"{present.file}: `state:` now names {settings.state}. Restart to use another database")
    return settings
