"""The patterns of `instructions`: over folded text (lower case, one blank for each white space)."""

from __future__ import annotations

import re

_S = r"(?:[ _-]{1,4})"
_GAP = r"(?:(?: {1,4}[\w'/-]+){0,4}?)"
_MACHINE = (
    r"(?:ai(?! ?/ ?an)(?: (?:assistants?|models?|agents?|systems?|reviewers?|crawlers?|readers?))?|a\.i\.|llms?"
    r"|(?:large )?language models?|chat ?bots?|bots?|gpt(?:-?\d)?|chatgpt|claude|copilot|gemini|llama"
    r"|virtual assistants?|automated (?:systems?|readers?|reviewers?|models?|assistants?)|summari[sz]ers?)"
)
_IGNORE = r"(?:ignore|disregard|forget|override|overrule|bypass|discard|cancel|drop|unlearn|do not follow|don't follow)"
_ORDERS = (
    r"(?:instructions?|directions?|directives?|prompts?|commands?|orders|guidance|guidelines|rules|restrictions"
    r"|programming|training|system messages?)"
)
_PRIOR = r"(?:previous|previously|prior|preceding|above|earlier|foregoing|initial|original|past|former)"
_CLAUSE = r"(?:^|[.!?:;,\"'“(\[<>{}•*|#_~`-] {0,3}|  |\b(?:please|now|then|and|you|must|should|immediately) )"
_SPEAK = r"(?:say|state|answer|respond|reply|output|print|write|tell|report|confirm|claim)"
_TOLD = (
    r"(?:say|state|answer|respond|reply|output|print|write|tell|recommend|approve|cite|quote|rank|rate|mention|treat"
    r"|ignore|disregard|reveal|include|insert|store|forward|send|act|comply|follow|give|do not|don't|never|always"
    r"|must|should|will|please|stop|leave out|highlight|summari[sz]e|list)"
)

_IGNORING = "ignor|disregard|forget|overrid|overrul|bypass|discard|cancel|unlearn|follow|drop"
_MACHINES = "ai |ai:|ai,|ai)|a.i.|llm|model|bot|gpt|claude|copilot|gemini|llama|virtual assistant|automated|summari"

RULES: tuple[tuple[str, tuple[str, ...], re.Pattern[str]], ...] = tuple(
    (name, tuple(needs.split("|")), re.compile(pattern))
    for name, needs, pattern in (
        (
            "cancels_instructions",
            _IGNORING,
            rf"{_CLAUSE}{_IGNORE}{_GAP}{_S}(?:{_PRIOR}|your|any|system|these|developer|safety)"
            rf"{_GAP}{_S}{_ORDERS}\b(?! (?:from|of) (?:the|your|a) (?:doctor|physician|provider|pharmac|"
            rf"manufacturer))",
        ),
        (
            "cancels_instructions",
            _IGNORING,
            rf"{_CLAUSE}{_IGNORE}{_S}(?:all |any )?(?:of )?(?:the |these |those )?{_ORDERS}{_S}above\b",
        ),
        (
            "cancels_instructions",
            "ignor|disregard|forget",
            rf"{_CLAUSE}(?:forget|ignore|disregard){_S}(?:everything|all|anything|what){_S}(?:that )?(?:you|"
            rf"was|i)\b",
        ),
        (
            "cancels_instructions",
            "ignor|disregard|forget|bypass|overrid|disable",
            rf"\b(?:ignore|disregard|forget|bypass|override|overrides|disable)\b{_GAP}{_S}(?:your|the ai'?s|"
            rf"the model'?s|the assistant'?s){_GAP}{_S}(?:{_ORDERS}|policy|filters?|guardrails?)\b",
        ),
        (
            "cancels_instructions",
            "your",
            rf"\byour{_S}(?:{_PRIOR}|safety|system){_S}{_ORDERS}\b",
        ),
        (
            "cancels_instructions",
            "instructions",
            rf"\binstructions{_S}(?:that )?you{_S}(?:have |were )?(?:been )?(?:received|given|got|told)\b{_GAP}"
            rf"{_S}(?:are|is){_S}(?:no longer|cancel|void|invalid|replaced|withdrawn)",
        ),
        (
            "cancels_instructions",
            "instruction|directive",
            rf"{_CLAUSE}(?:new|updated|revised){_S}(?:system{_S})?(?:instruction|directive)s?{_S}?:{_S}?{_TOLD}\b",
        ),
        (
            "cancels_instructions",
            "filter|guardrail|safety|content polic",
            rf"\b(?:disable|turn off|switch off|bypass|ignore){_S}(?:all |any |your |the )*"
            r"(?:content filters?|guardrails?|safety (?:rules|filters?|checks|guidelines)|content polic(?:y|ies))\b",
        ),
        (
            "new_role",
            "you are no longer",
            rf"\byou{_S}are{_S}no{_S}longer{_GAP}{_S}(?:assistant|ai|chat ?bot|model|bot)\b",
        ),
        (
            "cancels_user",
            "ignor|disregard|answer",
            rf"\b(?:ignore|disregard|do not answer|don't answer|instead of answering){_S}(?:the )?(?:user|"
            rf"human|reader)'?s?{_S}(?:question|request|query|prompt)",
        ),
        (
            "cancels_user",
            "answering",
            rf"\binstead{_S}of{_S}answering\b{_GAP},? ?(?:output|print|say|write|list|reveal)",
        ),
        (
            "hides_from_user",
            "user|human|reader",
            rf"\b(?:do not|don't|never|not to|under no circumstances|without){_S}(?:tell|telling|inform|"
            rf"informing|reveal|show|disclose|mention|let|alert|notify|notifying|warn){_GAP}{_S}(?:to )?the "
            rf"{{1,4}}(?:end )?(?:user|human|reader)s?\b(?!'| (?:fee|guide|manual|name|id|account|data))",
        ),
        (
            "hides_from_user",
            "user",
            rf"\b(?:keep|hide|conceal){_GAP}{_S}(?:secret|hidden)?{_GAP}?from{_S}the{_S}(?:end )?user\b",
        ),
        (
            "hides_from_user",
            "hidden",
            rf"\bhidden{_S}(?:directive|instruction|prompt|command)s?\b",
        ),
        (
            "speaks_for_machine",
            "user",
            rf"{_CLAUSE}(?:tell|inform|ask|urge|convince|persuade|instruct){_S}the{_S}(?:end )?users?{_S}"
            rf"(?:that|to|for|they)\b(?! (?:of|press|click the help))",
        ),
        (
            "speaks_for_machine",
            "when|if",
            rf"\b(?:when|whenever|if){_S}(?:the |a )?(?:user|anyone|someone|question|query|prompt|you are|"
            rf"asked)\b[^.!?]{{0,60}}?(?:asks?|asked|mentions?|requests?|queries|about)\b[^.!?]{{0,60}}?"
            rf"(?:, ?(?:please |then |always )*|\byou{_S}(?:must|should|will|can){_S}(?:always )?|\balways{_S})"
            rf"(?:answer|say|respond|reply|tell|output)\b",
        ),
        (
            "speaks_for_machine",
            "your",
            rf"\bin{_S}your{_S}(?:reply|response|answer|output)s?,?{_S}(?:please |you must |always )?"
            r"(?:include|do not|don't|say|never|add|insert|write|state|quote|only)\b"
            rf"|\b(?:begin|start|end){_S}your{_S}(?:reply|response|answer|output){_S}(?:with|by)\b"
            rf"|\byou{_S}(?:must|should|shall){_S}not{_S}(?:quote|cite|mention|repeat)\b[^.!?]{{0,60}}"
            rf"\bin{_S}your{_S}(?:reply|response|answer|output)\b",
        ),
        (
            "speaks_for_machine",
            "your",
            rf"\byour{_S}(?:answer|response|reply|output){_S}(?:must|should|has to|shall|will|is to){_S}"
            rf"(?:begin|start|end|say|only|consist|be{_S}(?:only|exactly|just|the{_S}word))\b",
        ),
        (
            "speaks_for_machine",
            "only|exactly|just|nothing",
            rf"{_CLAUSE}(?:answer|respond|reply|output|say|print){_S}(?:only|exactly|just|nothing but){_S}"
            rf"(?:with|the word|\"|'|that)",
        ),
        (
            "speaks_for_machine",
            "respond|reply|answer",
            rf"{_CLAUSE}(?:reply|respond|answer){_S}with{_S}(?:the (?:word|phrase|sentence) )?[\"']",
        ),
        (
            "speaks_for_machine",
            "respond as|repeat",
            rf"\brespond{_S}as{_S}(?:if|though)\b|\brepeat{_S}the{_S}(?:words|text){_S}above\b",
        ),
        (
            "speaks_for_machine",
            "always|only",
            rf"\b(?:always|only){_S}(?:cite|quote|recommend|retrieve|rank){_S}(?:this|only this|our){_S}"
            rf"(?:document|page|passage|text|source|section)",
        ),
        (
            "speaks_for_machine",
            "this document|this page|this passage|this text|this submission|it first|it  first",
            rf"{_CLAUSE}(?:rank|retrieve|rate|place|put){_S}this{_S}(?:document|passage|page|text|submission)"
            rf"{_GAP}{_S}(?:first|above|highest|top|as)\b|\bretrieve{_S}it{_S}first\b",
        ),
        (
            "speaks_for_machine",
            "your",
            rf"\byour{_S}(?:task|goal|job|role|mission|purpose){_S}(?:now )?is{_S}(?:now )?to{_S}(?:approve|"
            rf"convince|persuade|answer|respond|say|tell|reveal|output|deny|act)",
        ),
        (
            "speaks_for_machine",
            "from now|from this|from here",
            rf"\bfrom{_S}(?:now|this point|here){_S}(?:on|forward|onwards?),?{_S}(?:you|only|always|answer|"
            rf"respond|say)\b",
        ),
        (
            "speaks_for_machine",
            "answering|to answer",
            rf"\bbefore{_S}answering,?{_S}(?:read|follow|do|obey)\b|\byou{_S}must{_S}(?:not|only){_S}use\b[^.]{{0,40}}\bto{_S}"
            rf"answer\b",
        ),
        (
            "new_role",
            "you are|you're",
            rf"\byou{_S}(?:are|'re){_S}(?:now |no longer |hereby )?{_GAP}{_S}?(?:in (?:developer|maintenance|"
            rf"god|debug|admin|dan) mode|dan\b|unrestricted|unfiltered|jailbroken|an? (?:helpful )?(?:ai|"
            rf"assistant|chatbot|language model))",
        ),
        (
            "new_role",
            "act as|pretend|behave|roleplay|respond as|imagine|simulate",
            rf"{_CLAUSE}(?:act|pretend|behave|roleplay|respond|imagine|simulate){_S}(?:as|to be|that you "
            rf"are|you are|as if you (?:are|were|had))?{_S}?(?:an? |the )?{_GAP}{_S}?(?:ai|language model|"
            rf"chat ?bot|dan|terminal|unfiltered|unrestricted|claims system|system administrator|llm)\b",
        ),
        (
            "new_role",
            "you will|you can|mode|jailbreak",
            r"\byou will act as\b|\byou can do anything now\b|\b(?:developer|maintenance|god|debug|dan)"
            r" mode\b.{0,40}\b(?:enabled?|disable|on|guardrails?|safety)\b|\bjailbreak\b",
        ),
        (
            "new_role",
            "you have",
            rf"\byou{_S}have{_S}been{_S}granted{_S}(?:root|admin|administrator|full|unrestricted){_S}(?:access|"
            rf"rights)",
        ),
        (
            "addresses_machine",
            "model|as an ai|assistant|artificial",
            rf"\bas{_S}an?{_S}(?:ai|artificial intelligence|large language|language){_S}(?:model|assistant|"
            rf"system|agent)?,?{_GAP}{_S}?(?:you|model)\b",
        ),
        (
            "addresses_machine",
            "you are",
            rf"\bif{_S}you{_S}are{_S}(?:an? )?(?:ai\b|llm|(?:large )?language model|chat ?bot|bot\b|assistant "
            rf"reading|automated)",
        ),
        (
            "addresses_machine",
            _MACHINES,
            rf"\b(?:attention|note|message|instructions?|notice|memo|warning|important|hey|dear|hello|hi|"
            rf"for){_S}?:?{_S}?(?:to |for )?(?:the |all |any |an )?{_MACHINE}(?: eyes only)?\b {{0,2}}(?:[:,]|"
            rf"reading|processing|that read|only:)",
        ),
        (
            "addresses_machine",
            _MACHINES,
            rf"\b(?:to|any|all){_S}(?:the |an )?{_MACHINE}{_GAP}{_S}(?:reading|processing|summari[sz]ing|"
            rf"indexing|parsing|analy[sz]ing){_S}(?:this|these)",
        ),
        (
            "addresses_machine",
            _MACHINES,
            rf"(?:^|[.!?\n\"(] {{0,3}}|  |important: ?){_MACHINE}{_GAP}{_S}?[:,]{_S}?(?:please |you (?:must|"
            rf"should|will) )?{_TOLD}\b",
        ),
        (
            "addresses_machine",
            _MACHINES,
            rf"\b{_MACHINE}{_GAP}{_S}(?:must|should|shall|need to|has to|have to){_S}(?:always |never |not "
            rf"|only |also )?(?:{_TOLD})\b(?! be\b)",
        ),
        (
            "addresses_machine",
            "the assistant|the model|the chat",
            rf"\bthe{_S}(?:assistant|model|chat ?bot){_S}(?:must|should|shall|will){_S}(?:always |never "
            rf"|only )(?:mention|recommend|answer|say|cite|quote|reply|approve|tell)\b",
        ),
        (
            "addresses_machine",
            "the assistant|the model|the chat",
            rf"\bthe{_S}(?:assistant|model|chat ?bot){_S}(?:must|should|shall){_S}(?:recommend our|treat "
            rf"this|answer|reply|cite|comply)\b",
        ),
        (
            "addresses_machine",
            "assistant",
            rf"{_CLAUSE}dear{_S}assistant\b|\bassistant{_S}?:{_S}?(?:the answer|it is|yes|sure|i\b|reveal|"
            rf"approve)",
        ),
        (
            "addresses_machine",
            "system|developer|administrator",
            rf"\b(?:system|developer|administrator)s?{_S}?(?:instructions?|directive|override|prompt|note|"
            rf"message|command)s?\b[^.]{{0,20}}?(?:[:\]]|\bthat\b|\bto the ai\b|\bfollows\b|\boverride\b)",
        ),
        (
            "addresses_machine",
            "system|message|instruction",
            rf"\b(?:this|the following)(?: text)?{_S}is{_S}an?{_S}(?:system (?:prompt|message)|(?:message|"
            rf"instruction) from (?:the |your )?(?:developers?|administrator|system))",
        ),
        (
            "addresses_machine",
            "treat this",
            rf"\btreat{_S}this{_S}(?:text|message|note|document){_S}as{_S}(?:a |an |the )?(?:system|developer|"
            rf"highest)",
        ),
        (
            "addresses_machine",
            "grader|to this answer|to this submission",
            rf"\bgrader,|{_CLAUSE}(?:give|award){_S}(?:full|maximum|top){_S}(?:marks|score|points){_S}to{_S}"
            rf"this{_S}(?:answer|submission)",
        ),
        (
            "asks_prompt",
            "prompt|instructions|system message|context window|environment|configuration",
            rf"\b(?:reveal|print|output|repeat|show|translate|display|dump|expose|write)\b{_GAP}{_S}(?:your|"
            rf"the|its){_S}(?:full |entire |hidden |initial |original |system |secret )*(?:system prompt|"
            rf"initial prompt|hidden (?:prompt|instructions)|original instructions|system message|context "
            rf"window|configuration and|environment variables)",
        ),
        (
            "asks_prompt",
            "your|system prompt",
            rf"\byour{_S}(?:system|initial|original|hidden){_S}(?:prompt|instructions)\b|\bsystem{_S}prompt\b",
        ),
        (
            "asks_prompt",
            "prompt|output your",
            r"\bprompt[ -]injection\b|\boutput your (?:rules|instructions|prompt)\b|^ ?prompt: ?[\"']you "
            r"are",
        ),
        (
            "asks_tool",
            "command|code|tool|function|script|plugin",
            rf"{_CLAUSE}(?:execute|run|call|invoke|use){_S}(?:the |your |this )?(?:following )?(?:shell "
            rf"|python |sql |browsing )?(?:command|code|tool|function|script|plugin)\b(?: named)?(?:{_S}"
            rf"\w+_\w+|:| and return| to open| on all|{_S}on\b)",
        ),
        (
            "asks_tool",
            "conversation|chat history|context|user|system prompt|identifiers",
            rf"\b(?:send|forward|post|upload|exfiltrate|email)\b{_GAP}{_S}(?:conversation|chat history|context|"
            rf"user'?s (?:data|question)|system prompt|identifiers){_GAP}",
        ),
        (
            "asks_tool",
            "exfil|save to mem|remember|![",
            r"\bexfiltrate\b|!\[[^\]]{0,40}\]\(https?://[^)]{0,200}(?:\{\{|\?)|\bsave to memory ?:|\bremember "
            r"this for all future\b",
        ),
        (
            "asks_tool",
            "the user|decode",
            rf"\b(?:urge|get|make|have){_S}the{_S}user{_S}(?:to )?click\b|\bdecode{_S}(?:this|the following)"
            rf"\b{_GAP}(?:{_S}and{_S}(?:follow|execute|obey))",
        ),
        (
            "role_tags",
            "<|[inst|[/inst",
            r"<\|[a-z_]{2,20}\|>|\[/?inst\]|<</?sys>>|</?(?:system|assistant|user_input|instructions?)>|"
            r"<!-- ?(?:assistant|system|ai|llm)\b",
        ),
        (
            "role_tags",
            "##|role",
            r"#{2,} ?(?:instructions?|system|response|assistant|human|user) ?:|\"?role\"? ?: ?\"(?:system|"
            r"assistant|user|developer)\"",
        ),
        (
            "role_tags",
            "system prompt|context|user input|prompt|hidden|human:",
            r"(?:^|\W)(?:begin|end|start)(?: of)? (?:system prompt|context|user input|prompt|hidden)\b[^a-z]|"
            r"\bhuman: .{1,80}\bassistant: ",
        ),
        (
            "role_tags",
            "system:|new task|[system|[ system",
            r"(?:^|[\n\]>] ?)system: ?(?:you are|override|ignore|always)|\bbegin new task\b|\[+ ?system "
            r"(?:override|note|message)",
        ),
    )
)
"""Name, words without one of which the pattern finds nothing, and pattern; several patterns share a name."""

LEET = re.compile(
    rf"\b(?:ignore|disregard|forget|override){_GAP}{_S}(?:{_PRIOR}|all|your){_GAP}(?:{_S}{_ORDERS})?|\bsystem prompt\b"
)
SCRAMBLED = re.compile(
    r"(?:ignore|disregard|forget|override)\w{0,12}(?:previous|prior|above|earlier|all|your|the)\w{0,14}"
    r"(?:instruction|prompt|rule|question)|systemprompt|ignoretheuser"
)
"""Over letters alone, without spaces."""
