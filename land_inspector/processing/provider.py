"""The plugin's algorithms as QGIS's Processing knows them."""
from __future__ import annotations

from typing import Tuple, Type

from .accept_clock import AcceptClock
from .add_photos import AddPhotos
from .back_test import BackTestAlgorithm
from .backup_register import BackupRegister
from .came_back import CameBack
from .cheapest_rectification import CheapestRectification
from .check_dossier import CheckDossier
from .check_filled import CheckFigures
from .close_month import CloseMonth
from .copy_register import CopyRegister
from .county_paragraph import CountyParagraph
from .create_register import CreateRegister
from .discoveries import Discoveries
from .draft_profile import DraftProfile
from .exchange_couriers import ExchangeCouriers, SendCourier
from .evidence_maps import EvidenceMaps
from .explain_difference import ExplainDifference
from .export_chips import ExportChips
from .export_ledgers import ExportLedgers
from .export_patrol_plan import ExportPatrolPlan
from .export_patches import ExportPatches
from .export_townships import ExportTownships
from .export_workbook import ExportWorkbook
from .feedback import LandInspectorAlgorithm
from .field_package import FieldPackage
from .give_out_package import GiveOutPackage
from .give_verdicts import GiveVerdicts
from .import_ledger import ImportLedger
from .ledger_progress import LedgerProgress
from .import_matter_kind import ImportMatterKind
from .import_matters import ImportMatters
from .import_patches import ImportPatches
from .import_redline import ImportRedline
from .import_rulepack import ImportRulepack
from .import_tracks import ImportTracks
from .log_patrols import LogPatrols
from .matter_list import MatterList
from .matter_table import MatterTable
from .measure_classes import MeasureClasses
from .measure_evidence import MeasureEvidence
from .measure_overlap import MeasureOverlap
from .measure_red_line import MeasureRedLine
from .measuring_provider import MeasuringProvider
from .merge_parcels import MergeParcels
from .patrol_coverage import PatrolCoverage
from .merge_registers import MergeRegisters
from .pack_photos import PackPhotos
from .patrol_table import PatrolTable
from .plan_route import PlanRoute
from .police_lines import PoliceLines
from .propose_patches import ProposePatches
from .propose_verdicts import ProposeVerdicts
from .rank_patches import RankPatches
from .rebuild_state import RebuildState
from .restore_register import RestoreRegister
from .return_parcels import ReturnParcels
from .second_opinion import DecideSecondOpinion, SecondOpinion, SecondOpinionTable
from .rule_report import RuleReportAlgorithm
from .set_up_server import SetUpServer
from .split_parcels import SplitParcels
from .take_back_package import TakeBackPackage
from .take_back_workbook import TakeBackWorkbook
from .take_field_package import TakeFieldPackage
from .take_newest_outline import TakeNewestOutline
from .township_indicators import TownshipIndicators
from .undo import Undo
from .upgrade_register import UpgradeRegister
from .verify_register import VerifyRegister
from .work_list import WorkList
from .write_papers import CaseFileFolder, DescribeCases, PaperTemplates, WritePapers
from .write_bulletin import WriteBulletin
from .write_dossiers import WriteDossiers

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
