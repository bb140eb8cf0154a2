"""The program's own colour themes; Textual's others can be chosen in the command palette."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="studio-dark",
    primary="#5b8fb9",
    secondary="#6c7a89",
    accent="#e0a458",
    success="#6fae8f",
    warning="#e0a458",
    error="#d8705f",
    foreground="#cfd3da",
    background="#14161a",
    surface="#191c21",
    panel="#22262d",
    dark=True,
    variables={
        "border": "#343a44",
        "border-blurred": "#343a44",
        "footer-background": "#14161a",
        "footer-key-foreground": "#e0a458",
        "footer-description-foreground": "#8a929e",
        "block-cursor-background": "#2f4a63",
        "block-cursor-foreground": "#f0f2f5",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#262b33",
        "input-selection-background": "#5b8fb9 40%",
    },
)

LIGHT = Theme(
    name="studio-light",
    primary="#2f6690",
    secondary="#6c7a89",
    accent="#a8600f",
    success="#2f7d57",
    warning="#a8600f",
    error="#b23a2e",
    foreground="#23272e",
    background="#f6f6f3",
    surface="#eeeeea",
    panel="#e3e3de",
    dark=False,
    variables={
        "border": "#c3c5c0",
        "border-blurred": "#c3c5c0",
        "footer-background": "#f6f6f3",
        "footer-key-foreground": "#a8600f",
        "footer-description-foreground": "#5b626c",
        "block-cursor-background": "#c7d9e8",
        "block-cursor-foreground": "#14161a",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#dddeda",
        "input-selection-background": "#2f6690 30%",
    },
)

THEMES = (DARK, LIGHT)
