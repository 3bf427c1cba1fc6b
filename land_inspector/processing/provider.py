"""The plugin's algorithms as QGIS's Processing knows them."""
from __future__ import annotations

from typing import Tuple, Type

from .registers import (
    AcceptClock, BackupRegister, CopyRegister, CreateRegister, RebuildState, RestoreRegister, SetUpServer, Undo,
    UpgradeRegister, VerifyRegister,
)
from .batches import (
    AddPhotos, DraftProfile, ExportPatches, ImportPatches, ImportRedline, MeasureEvidence, ProposeVerdicts,
    TakeNewestOutline,
)
from .judging import (
    BackTestAlgorithm, CameBack, DecideSecondOpinion, GiveVerdicts, MergeParcels, ReturnParcels, RuleReportAlgorithm,
    SecondOpinion, SecondOpinionTable, SplitParcels,
)
from .figures import CheapestRectification, CheckFigures, CountyParagraph, ExplainDifference, TownshipIndicators
from .dossiers import CheckDossier, EvidenceMaps, PackPhotos, WriteDossiers
from .month_end import CloseMonth, ExportTownships, ExportWorkbook, TakeBackWorkbook, WriteBulletin
from .patrols import Discoveries, ExportPatrolPlan, ImportTracks, LogPatrols, PatrolCoverage, PatrolTable, PlanRoute
from .packages import (
    ExchangeCouriers, FieldPackage, GiveOutPackage, MergeRegisters, SendCourier, TakeBackPackage, TakeFieldPackage,
)
from .changes import ExportChips, ProposePatches, RankPatches
from .ledgers import (
    ExportLedgers, ImportMatterKind, ImportMatters, LedgerProgress, MatterList, MatterTable, MeasureRedLine,
)
from .feedback import LandInspectorAlgorithm
from .cases import (
    CaseFileFolder, DescribeCases, ImportLedger, ImportRulepack, PaperTemplates, PoliceLines, WorkList, WritePapers,
)
from .measuring import MeasureClasses, MeasureOverlap, MeasuringProvider

ALGORITHMS: Tuple[Type[LandInspectorAlgorithm], ...] = (
    CreateRegister, ImportPatches, ImportRedline, ImportRulepack, ProposePatches, RankPatches,
    ExportChips, CameBack, RuleReportAlgorithm, BackTestAlgorithm,
    DraftProfile, MeasureEvidence, ProposeVerdicts,
    GiveVerdicts,
    SplitParcels, MergeParcels, TakeNewestOutline,
    ReturnParcels, AddPhotos, ImportLedger, LedgerProgress, MeasureRedLine, WorkList, TownshipIndicators, CountyParagraph, CheckFigures,
    ExplainDifference, PoliceLines, CheapestRectification, ExportTownships, ExportPatches, ExportWorkbook, TakeBackWorkbook, CloseMonth,
    WritePapers, PaperTemplates, CaseFileFolder, DescribeCases,
    WriteDossiers, CheckDossier, EvidenceMaps, PackPhotos, WriteBulletin,
    Undo, VerifyRegister, BackupRegister, CopyRegister, SetUpServer,
    RestoreRegister, MergeRegisters, ExchangeCouriers, SendCourier, GiveOutPackage, TakeBackPackage,
    SecondOpinion, SecondOpinionTable, DecideSecondOpinion,
    UpgradeRegister, RebuildState, AcceptClock,
    LogPatrols, ImportTracks, PatrolTable, PatrolCoverage, Discoveries, PlanRoute, FieldPackage, TakeFieldPackage, ExportPatrolPlan,
    MeasureOverlap, MeasureClasses,
    ImportMatterKind, ImportMatters, MatterList, MatterTable, ExportLedgers,
)


class LandInspectorProvider(MeasuringProvider):
    """``land_inspector:…``, all of them."""

    ALGORITHMS = ALGORITHMS
