"""Texts such as models write, in several scripts."""

from collections.abc import Mapping
from random import Random
from typing import Final

SENTENCES: Final[Mapping[str, tuple[str, ...]]] = {
    "en": (
        "The invoice was issued on 14 October and falls due thirty days later.",
        "Two line items do not add up to the subtotal; the difference is $12.40.",
        "Taken together, the evidence points to a seasonal effect rather than a trend.",
        "The customer asks for a refund and mentions that the parcel arrived open.",
        "In short: yes, but only if the warranty was registered within the first year.",
        "Revenue grew by 8.3% quarter over quarter, mostly from renewals.",
        "Note that `None` is returned here instead of raising, which hides the error.",
        "I would rank the three options as follows, from the safest to the cheapest.",
        "The clause limits liability to the fees paid in the preceding twelve months.",
        "There is no mention of a termination fee anywhere in the document.",
        "The author’s tone is cautious – “promising”, she writes, “but unproven”.",
        "A second reading shows that the table counts 2024 twice.",
    ),
    "de": (
        "Die Rechnung wurde am 14. Oktober gestellt und ist in dreißig Tagen fällig.",
        "Der Kunde bittet um Rückerstattung, weil das Paket geöffnet ankam.",
        "Zusammengefasst spricht alles für einen saisonalen Effekt, nicht für einen Trend.",
        "Größere Änderungen bedürfen der Schriftform; mündliche Nebenabreden bestehen nicht.",
        "Über die Höhe der Gebühren schweigt der Vertrag.",
        "Straßenschäden wurden an drei Stellen gemeldet und fotografiert.",
        "Bitte prüfen Sie außerdem die Umsatzsteuer-Identifikationsnummer.",
        "Das Fazit lautet: möglich, aber nur mit vorheriger Zustimmung.",
    ),
    "fr": (
        "La facture a été émise le 14 octobre et doit être réglée sous trente jours.",
        "Le client demande un remboursement : le colis est arrivé ouvert.",
        "L’ensemble des éléments plaide pour un effet saisonnier plutôt qu’une tendance.",
        "Aucune pénalité de résiliation n’est prévue à l’article 7.",
        "Où l’auteur hésite, le traducteur doit trancher – avec tact.",
        "Les œuvres citées datent toutes d’avant 1950.",
        "Ça dépend : la garantie couvre-t-elle les dégâts d’eau ?",
    ),
    "zh": (
        "发票于十月十四日开具，三十天内到期。",
        "客户要求退款，因为包裹送达时已经被打开。",
        "综合来看，这更像是季节性影响，而不是长期趋势。",
        "合同中没有提到任何提前终止的费用。",
        "第二季度收入环比增长百分之八点三，主要来自续约。",
        "请注意：表格把二〇二四年的数据计算了两次。",
        "简而言之，可以，但必须在第一年内完成保修登记。",
    ),
    "ja": (
        "請求書は十月十四日に発行され、三十日以内にお支払いください。",
        "お客様は、荷物が開封された状態で届いたため返金を希望されています。",
        "総合的に見ると、これは傾向ではなく季節的な影響だと考えられます。",
        "契約書には解約手数料についての記載がありません。",
        "売上高は前四半期比で8.3%増加し、その大半は更新契約によるものです。",
        "ただし、保証の登録は一年以内に行う必要があります。",
        "レポートの概要は次のとおりです。データはサーバーから取得しました。",
    ),
    "ar": (
        "صدرت الفاتورة في الرابع عشر من أكتوبر وتستحق بعد ثلاثين يومًا.",
        "يطلب العميل استرداد المبلغ لأن الطرد وصل مفتوحًا.",
        "تشير الأدلة مجتمعةً إلى تأثير موسمي لا إلى اتجاه طويل الأمد.",
        "لا يذكر العقد أي رسوم للإنهاء المبكر.",
        "نمت الإيرادات بنسبة 8.3% مقارنة بالربع السابق.",
    ),
    "hi": (
        "चालान 14 अक्टूबर को जारी किया गया था और तीस दिनों में देय है।",
        "ग्राहक धनवापसी चाहता है क्योंकि पार्सल खुला हुआ पहुँचा।",
        "कुल मिलाकर यह मौसमी असर लगता है, कोई स्थायी रुझान नहीं।",
        "अनुबंध में समय से पहले समाप्ति के शुल्क का कोई उल्लेख नहीं है।",
        "राजस्व पिछली तिमाही की तुलना में 8.3% बढ़ा।",
    ),
    "ru": (
        "Счёт выставлен четырнадцатого октября и подлежит оплате в течение тридцати дней.",
        "Клиент просит вернуть деньги: посылка пришла вскрытой.",
        "В целом это скорее сезонный эффект, чем устойчивая тенденция.",
        "Договор не предусматривает платы за досрочное расторжение.",
        "Выручка выросла на 8,3 % по сравнению с прошлым кварталом.",
        "Обратите внимание: в таблице 2024 год учтён дважды.",
    ),
    "emoji": (
        "Thanks so much for reaching out! 🙏 I’m sorry the parcel arrived open 📦💔",
        "Your refund is on its way 💸 – please allow 3–5 working days ⏳.",
        "All set ✅ Is there anything else I can help with? 😊",
        "The whole family 👨‍👩‍👧‍👦 can use the pass, in every country 🇩🇪🇫🇷🇯🇵🇮🇳.",
        "Rated 4.8 ⭐️ by 1,204 customers 👩🏽‍💻👨🏿‍🌾.",
    ),
}
"""Sentences by language."""

TITLES: Final = (
    "Summary",
    "What the figures say",
    "Risks",
    "Recommendation",
    "Open questions",
    "Method",
)

THOUGHTS: Final = (
    "The user wants a short answer, so the details can go.",
    "Let me check the totals: 1,204.00 + 96.32 = 1,300.32. That matches.",
    "Wait, the second table uses net amounts. I have to convert them first.",
    "Option B contradicts the third premise; that leaves A and D.",
    "If x is even, x² is even, and the claim follows. Otherwise x = 2k + 1 …",
    "The instructions forbid naming the customer. I will write “the customer”.",
    "Hmm, 17 × 23 = 391, not 401. So the original answer was wrong.",
)

CODE: Final = """```python
def total(lines: list[Line]) -> Decimal:
    return sum((line.net * (1 + line.rate) for line in lines), Decimal())
```"""


def sentences(chance: Random, language: str, count: int) -> str:
    """So many sentences, joined as the script does it."""
    chosen = chance.choices(SENTENCES[language], k=count)
    return ("" if language in {"zh", "ja"} else " ").join(chosen)


def paragraph(chance: Random, language: str) -> str:
    """Two to five sentences."""
    return sentences(chance, language, chance.randint(2, 5))


def essay(chance: Random, language: str, paragraphs: int) -> str:
    """Paragraphs with headings, a list and some code in between."""
    parts: list[str] = []
    for n in range(paragraphs):
        if paragraphs > 4 and n % 4 == 0:
            parts.append(f"## {TITLES[n // 4 % len(TITLES)]}")
        if chance.random() < 0.12:
            points = chance.choices(SENTENCES[language], k=3)
            parts.append("\n".join(f"- {point}" for point in points))
        elif paragraphs > 4 and chance.random() < 0.05:
            parts.append(CODE)
        else:
            parts.append(paragraph(chance, language))
    return "\n\n".join(parts)


def thoughts(chance: Random, count: int) -> str:
    """What a model thinks before it answers."""
    return "\n\n".join(chance.choices(THOUGHTS, k=count))
