"""Text in the user's language: the translator, and the two functions everything visible goes through.

The Chinese catalogue is kept in ``resources/i18n/zh_Hans/*.csv`` (one file a room, columns ``source,translation``)
and compiled to one .qm file; ``tools/translations.py`` does both and finds what is missing.
"""
from __future__ import annotations

from pathlib import Path
from typing import Any, Optional

from .errors import Bilingual, Message

try:  # law, register and the unit tests run without Qt; then text stays English
    from qgis.PyQt.QtCore import QCoreApplication, QTranslator
except ImportError:  # pragma: no cover - depends on the machine
    QCoreApplication = QTranslator = None

CONTEXT = "LandInspector"
QM_FILE = Path(__file__).parent / "resources" / "i18n" / "land_inspector_zh_Hans.qm"
#: Pages of the manual, one folder a language: made of ``docs/manual`` by ``tools/manual.py``.
MANUAL = Path(__file__).parent / "resources" / "manual"


def user_locale() -> str:
    """``zh`` or ``en``. QGIS may call Chinese zh, zh_CN, zh-Hans or zh_Hans: all mean the one catalogue."""
    if QCoreApplication is None:
        return "en"
    from qgis.PyQt.QtCore import QLocale
    from qgis.core import QgsSettings

    name = QgsSettings().value("locale/userLocale", "", str) or QLocale.system().name()
    return "zh" if name.lower().startswith("zh") else "en"


def install_translator(language: Optional[str] = None) -> Optional["QTranslator"]:
    """Load the Chinese catalogue if the user reads Chinese. Keep the returned object alive; remove it on unload."""
    if (language or user_locale()) != "zh":
        return None
    translator = QTranslator()
    if not translator.load(str(QM_FILE)):
        return None
    QCoreApplication.installTranslator(translator)
    return translator


def tr(template: str, **params: Any) -> str:
    """Translate a literal template, then fill it in: ``tr("{n} patches", n=5)``."""
    text = QCoreApplication.translate(CONTEXT, template) if QCoreApplication is not None else template
    return text.format(**params) if params else text


def shown_language() -> str:
    """``zh`` where the Chinese catalogue is in use, else ``en``: the catalogue itself says it."""
    return tr("en")


def say(message: Message) -> str:
    """The text of a message from any room, in the user's language."""
    if isinstance(message, Bilingual):
        return message.zh if shown_language() == "zh" else message.template
    params = {k: say(v) if isinstance(v, Message) else v for k, v in message.params.items()}
    text = QCoreApplication.translate(CONTEXT, message.template) if QCoreApplication is not None else message.template
    return text.format(**params) if params else text


def manual_page(page: str, language: Optional[str] = None) -> Optional[Path]:
    """A page of the manual in ``zh`` or ``en``, by default the user's; None where it was not made (sources without ``make``)."""
    file = MANUAL / (language or shown_language()) / f"{page}.html"
    return file if file.is_file() else None
