"""The two themes of cartdesk; Textual's own stay available beside them."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="cartdesk-dark",
    primary="#7aa2d6",
    secondary="#8fb3a5",
    accent="#e0af68",
    foreground="#d7dae0",
    background="#15181d",
    surface="#1b1f26",
    panel="#242a33",
    success="#8cc38a",
    warning="#e0af68",
    error="#e58080",
    dark=True,
    variables={
        "block-cursor-background": "#2f4a6d",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": "#2a313c",
        "block-cursor-blurred-foreground": "#d7dae0",
        "block-cursor-blurred-text-style": "none",
        "border": "#7aa2d6",
        "border-blurred": "#39414d",
    },
)

LIGHT = Theme(
    name="cartdesk-light",
    primary="#2f5d94",
    secondary="#3d7a65",
    accent="#9a6200",
    foreground="#23272e",
    background="#faf8f4",
    surface="#ffffff",
    panel="#ece8e0",
    success="#2e7d32",
    warning="#9a6200",
    error="#b3261e",
    dark=False,
    variables={
        "block-cursor-background": "#cfe0f4",
        "block-cursor-foreground": "#10151c",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": "#e9e5dc",
        "block-cursor-blurred-foreground": "#23272e",
        "block-cursor-blurred-text-style": "none",
        "border": "#2f5d94",
        "border-blurred": "#cbc5b9",
    },
)

THEMES = (DARK, LIGHT)
