"""Common forms of "ignore your instructions" and "do not tell the user" in other languages, lower case."""

from __future__ import annotations

import re

FOREIGN = re.compile(
    # Spanish, Portuguese, Italian, French, German, Dutch, Polish, Turkish, Czech, Swedish, Indonesian
    r"\b(?:ignor[ae]|olvida|descarta)(?:d|r)? (?:todas? )?(?:las? |tus )?(?:instrucci[oó]n(?:es)?|[oó]rdenes)"
    r"|\bno (?:le )?(?:digas|diga|menciones|reveles)\b.{0,20}\busuario"
    r"|\bn[ãa]o (?:diga|conte|revele)\b.{0,20}\busu[áa]rio"
    r"|\b(?:ignore|esque[çc]a|desconsidere) (?:todas? )?(?:as |suas )?instru[çc][õo]es"
    r"|\b(?:ignora|dimentica) (?:tutte )?(?:le |tue )?(?:tue )?istruzioni|\bnon dire all'utente"
    r"|\b(?:ignore[zr]?|oublie[zr]?) (?:toutes? )?(?:les |vos |tes )?(?:instructions?|consignes)"
    r"|\bne (?:dites|dis|révélez|mentionnez) (?:pas|rien) [àa] l[’']utilisateur"
    r"|\b(?:ignorier[et]n?|vergiss|vergessen|missachte)\b.{0,12}\b(?:alle |deine |vorherigen |bisherigen |obigen )+"
    r"(?:anweisung|instruktion|befehl|regel)"
    r"|\b(?:sag|sage|verrate|teile)\b (?:es )?(?:dem|der) (?:be)?nutzer(?:in)? (?:nicht|nichts)"
    r"|\b(?:negeer|vergeet) (?:alle )?(?:vorige|voorgaande|eerdere) (?:instructies|opdrachten)"
    r"|\b(?:zignoruj|zapomnij|pomiń) (?:o )?(?:wszystkie |wszystkich )?(?:poprzednie|poprzednich|powyższe)? ?"
    r"(?:instrukcj|poleceni)|\b[öo]nceki (?:t[üu]m )?(?:talimatlar|komutlar)[ıi]|\bt[üu]m (?:[öo]nceki )?talimatlar[ıi]"
    r"|\bignoruj\w* (?:všechny )?(?:předchozí|předešlé) (?:pokyny|instrukce)"
    r"|\bignorera (?:alla )?(?:tidigare|föregående) instru"
    r"|\babaikan (?:semua )?(?:instruksi|perintah)"
    # Chinese, Japanese, Korean, Russian, Ukrainian, Arabic, Hebrew, Hindi, Vietnamese
    r"|(?:忽略|無視|无视|忘记|忘記|忽視).{0,8}(?:指令|指示|说明|說明|提示|规则)|(?:不要|别|勿)(?:告诉|告訴)用户"
    r"|(?:指示|命令|プロンプト)(?:を|は)?(?:すべて|全て)?(?:を)?(?:無視|忘れ)|ユーザーに(?:は)?(?:言わ|教え|伝え)ない"
    r"|(?:지시|명령|지침)(?:사항)?(?:을|를)? ?(?:모두 )?(?:무시|잊)|사용자에게 (?:말하지|알리지)"
    r"|(?:игнорируй|игнорировать|забудь|проигнорируй|ігноруй)\w*.{0,30}(?:инструкц|указани|команд|інструкц)"
    r"|не (?:говори|сообщай|рассказывай)\w* пользовател"
    r"|(?:تجاهل|انس|تجاهلي).{0,20}(?:التعليمات|الأوامر|تعليمات)|لا تخبر المستخدم|התעלם.{0,20}(?:הוראות|ההוראות)"
    r"|(?:निर्देशों|निर्देश) (?:को |की )?(?:अनदेखा|नज़रअंदाज़|उपेक्षा)|b[ỏo] qua (?:tất cả )?(?:các )?(?:hướng dẫn|chỉ dẫn)"
)

_FOREIGN_WORDS = (
    "ignor|olvida|descart|usuari|usuári|esque|desconsid|dimentica|utente|oublie|utilisateur|vergiss|vergess|missacht"
    "|nutzer|negeer|vergeet|zapomnij|pomiń|talimat|komut|abaikan| qua "
)
FOREIGN_NEEDS = tuple(_FOREIGN_WORDS.split("|"))
FOREIGN_SCRIPTS = re.compile("[\u0400-\u06ff\u0900-\u097f\u3040-\u9fff\uac00-\ud7af]")
"""Without one of these words or of these letters `FOREIGN` finds nothing."""
