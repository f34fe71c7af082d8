"""`monitor completion`: the lines by which a shell completes commands, options and watchlists."""

from __future__ import annotations

import click


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print what your shell needs to complete commands, options and the names of watchlists with the Tab key.

    \b
    For good:
      bash   monitor completion bash > ~/.local/share/bash-completion/completions/monitor
      zsh    monitor completion zsh > ~/.zfunc/_monitor      (a folder of your $fpath)
      fish   monitor completion fish > ~/.config/fish/completions/monitor.fish

    \b
    Example, for this shell only: eval "$(monitor completion bash)"
    """
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(ctx.find_root().command, {}, "monitor", "_MONITOR_COMPLETE").source())
