"""Which words say the opposite of each other, and which say much the same; our own lists. English."""

from __future__ import annotations

from assay.scorers.wordforms import FUNCTION, stem

_OPPOSED = """
    increase decrease; rise fall; up down; high low; more less; large small; big little; old new; old young; early
    late; first last; win lose; start end; begin finish; open close; allow forbid; allow ban; accept reject; accept
    refuse; approve deny; admit deny; confirm deny; agree disagree; love hate; like dislike; arrive leave; enter
    exit; include exclude; male female; man woman; boy girl; father mother; son daughter; brother sister; king
    queen; north south; east west; northern southern; eastern western; left right; hot cold; warm cool; wet dry;
    light dark; black white; good bad; best worst; better worse; positive negative; success failure; succeed fail;
    pass fail; support oppose; attack defend; attack protect; save kill; alive dead; birth death; born die; live
    die; build destroy; create destroy; add remove; join leave; marry divorce; rich poor; cheap expensive; safe
    dangerous; legal illegal; possible impossible; true false; right wrong; easy difficult; strong weak; fast slow;
    long short; wide narrow; deep shallow; heavy light; hard soft; public private; domestic foreign; native foreign;
    major minor; majority minority; maximum minimum; natural artificial; common rare; same different; similar
    different; single multiple; temporary permanent; ancient modern; summer winter; spring autumn; morning evening;
    day night; inside outside; indoor outdoor; top bottom; front back; near far; present absent; guilty innocent;
    hire dismiss; hire fire; push pull; gain lose; profit loss; expand shrink; encourage discourage; praise
    criticise; praise criticize; permit prohibit; free paid; required optional; mandatory optional; full empty;
    active inactive; complete incomplete; known unknown; popular unpopular; usual unusual; likely unlikely; able
    unable; happy unhappy; happy sad; healthy sick; healthy ill; appear disappear; connect disconnect; cover
    uncover; lock unlock; even odd; urban rural; local global; national international; amateur professional; child
    adult; upper lower; senior junior; former current; past future; include omit; keep discard; raise reduce; grow
    shrink; extend shorten; weekly daily; monthly yearly; annual monthly; approve reject; allow deny; grant deny;
    accept decline; raise lower; increase lower; rise decline; grow decline; increase decline; increase reduce;
    expand contract; widen narrow; strengthen weaken; tighten loosen; heat cool; warm cold; freeze melt; fill empty;
    load unload; pack unpack; wrap unwrap; tie untie; fasten unfasten; plug unplug; install uninstall; mount
    dismount; assemble dismantle; construct demolish; build demolish; plant uproot; open shut; start stop; begin
    stop; continue stop; continue cease; resume suspend; activate deactivate; enable disable; employ dismiss;
    appoint dismiss; recruit dismiss; promote demote; elect depose; crown depose; obey disobey; follow ignore; trust
    distrust; believe doubt; honour insult; honor insult; praise condemn; praise blame; applaud boo; thank blame;
    reward punish; acquit convict; release arrest; free imprison; free capture; release capture; free occupy;
    liberate occupy; surrender resist; retreat advance; attack retreat; victory loss; peace war; ally enemy; friend
    enemy; friend foe; friendly hostile; kind cruel; gentle rough; polite rude; honest dishonest; loyal disloyal;
    brave cowardly; generous mean; generous stingy; humble proud; patient impatient; calm nervous; calm violent;
    quiet loud; quiet noisy; silent noisy; smooth rough; sharp blunt; sharp dull; bright dark; bright dim; clean
    dirty; clear cloudy; sunny cloudy; sunny rainy; tidy messy; fresh stale; raw cooked; ripe unripe; sweet sour;
    sweet bitter; thick thin; fat thin; fat slim; tall short; giant tiny; huge tiny; enormous tiny; broad narrow;
    steep gentle; straight crooked; solid liquid; tight loose; vertical horizontal; external internal; outer inner;
    exterior interior; outdoors indoors; upstairs downstairs; uphill downhill; upward downward; forward backward;
    ahead behind; clockwise anticlockwise; northward southward; northeast southwest; northwest southeast; overseas
    domestic; abroad home; rural metropolitan; tropical polar; daily monthly; weekly monthly; weekly yearly; daily
    yearly; daily annual; weekly annual; dawn dusk; sunrise sunset; midday midnight; noon midnight; yesterday
    tomorrow; earlier later; initial final; opening closing; oldest newest; oldest youngest; largest smallest;
    biggest smallest; highest lowest; longest shortest; fastest slowest; richest poorest; strongest weakest; nearest
    farthest; larger smaller; bigger smaller; higher lower; longer shorter; faster slower; older younger; older
    newer; earliest latest; cheaper dearer; stronger weaker; heavier lighter; warmer colder; warmer cooler; hotter
    colder; greater smaller; less greater; fewer more; maximum least; minimal maximal; excess shortage; surplus
    deficit; surplus shortage; plenty scarce; abundant scarce; abundance scarcity; debt credit; debit credit; asset
    liability; income expense; income expenditure; revenue cost; deposit withdraw; deposit withdrawal; save spend;
    wholesale retail; employed unemployed; employment unemployment; married single; married unmarried; married
    divorced; widow widower; bride groom; uncle aunt; nephew niece; grandfather grandmother; grandson granddaughter;
    prince princess; duke duchess; lord lady; actor actress; hero villain; hero heroine; winner loser; offence
    defence; offense defense; offensive defensive; optimist pessimist; optimistic pessimistic; liberal conservative;
    democratic republican; left-wing right-wing; capitalist communist; civilian military; monarchy republic;
    voluntary compulsory; voluntary mandatory; optional compulsory; optional obligatory; forbidden allowed;
    forbidden permitted; prohibited allowed; banned allowed; prohibit allow; allow bar; legalise ban; legalize ban;
    lawful unlawful; valid invalid; correct incorrect; accurate inaccurate; exact approximate; certain uncertain;
    sure unsure; visible invisible; sufficient insufficient; adequate inadequate; effective ineffective; efficient
    inefficient; dependent independent; direct indirect; formal informal; mature immature; mortal immortal; moral
    immoral; perfect imperfect; pure impure; regular irregular; relevant irrelevant; responsible irresponsible;
    reversible irreversible; rational irrational; logical illogical; literate illiterate; legitimate illegitimate;
    organic inorganic; secure insecure; tolerant intolerant; definite indefinite; finite infinite; capable
    incapable; competent incompetent; convenient inconvenient; experienced inexperienced; expensive inexpensive;
    formal casual; frequent infrequent; frequent rare; advantage disadvantage; advantage drawback; approve
    disapprove; approval rejection; approval disapproval; comfort discomfort; continue discontinue; credit
    discredit; obedient disobedient; orderly disorderly; organised disorganised; organized disorganized; qualify
    disqualify; satisfied dissatisfied; similar dissimilar; agreement disagreement; appearance disappearance; united
    divided; unite divide; unite separate; together apart; together separately; combine separate; merge split;
    attach detach; absorb emit; absorb reflect; inhale exhale; attract repel; sink float; sink rise; climb descend;
    ascend descend; ascent descent; lift drop; catch miss; hit miss; find lose; remember forget; discover conceal;
    reveal hide; reveal conceal; show hide; expose hide; publish withhold; wake sleep; awake asleep; stand sit;
    laugh cry; smile frown; arrive depart; arrival departure; entrance exit; entry exit; immigrate emigrate;
    immigrant emigrant; bring remove; insert remove; attach remove; hire sack; win forfeit; gain loss; benefit harm;
    benefit damage; help harm; help hinder; heal injure; heal wound; cure infect; improve worsen; improve
    deteriorate; better worst; repair damage; repair break; fix break; restore destroy; preserve destroy; protect
    endanger; protect harm; safe unsafe; safety danger; harmless harmful; poisonous harmless; toxic harmless; edible
    poisonous; edible inedible; fertile barren; fertile infertile; drought flood; flood recede; storm calm; domestic
    wild; tame wild; nocturnal diurnal; carnivore herbivore; predator prey; vertebrate invertebrate; warm-blooded
    cold-blooded; evergreen deciduous; annual perennial; freshwater saltwater; alkaline acidic; acid alkali;
    positive neutral; conductor insulator; anode cathode; analog digital; analogue digital; manual automatic;
    portable stationary; mobile stationary; static dynamic; constant variable; stable unstable; fixed variable;
    rigid flexible; simple complex; simple complicated; easy hard; basic advanced; beginner expert; novice expert;
    theory practice; theoretical practical; abstract concrete; real fictional; real fake; real imaginary; genuine
    fake; authentic fake; original copy; fact fiction; fiction nonfiction; truth lie; truth falsehood; comedy
    tragedy; comic tragic; verse prose; vocal instrumental; acoustic electric; debut farewell; online offline;
    crowded empty; crowded deserted; busy quiet; occupied vacant; inhabited uninhabited; populated deserted;
    alcoholic nonalcoholic; odd normal; strange normal; exceptional ordinary; special ordinary; unique common;
    wealthy poor; wealth poverty; luxury budget; thrive struggle; prosper decline; boom recession; inflation
    deflation; gradual sudden; gradually suddenly; slowly quickly; quickly gradually; rarely often; rarely usually;
    seldom often; seldom usually; rarely frequently; always never; always rarely; until since; included excluded;
    inclusive exclusive; inclusion exclusion; member outsider; alive deceased; living deceased; living extinct;
    extinct surviving; survive die; survive perish; awarded denied; healthy unhealthy; conscious unconscious; sober
    drunk; right-handed left-handed; hopeful hopeless; useful useless; careful careless; painful painless; powerful
    powerless; meaningful meaningless; lucky unlucky; fortunate unfortunate; fair unfair; aware unaware; clear
    unclear; necessary unnecessary; pleasant unpleasant; reliable unreliable; stable volatile; acceptable
    unacceptable; available unavailable; affected unaffected; armed unarmed; broken intact; damaged intact; damaged
    undamaged; finished unfinished; complete unfinished; sold unsold; solved unsolved; tested untested; open sealed
"""

_ALIKE = """
    film movie picture; country nation; usa america; big large huge; small little tiny; start begin; found establish
    create; make produce create; buy purchase; show display; kind type sort; many several numerous multiple various;
    city town; also too; car automobile; doctor physician; kid child; person people human; large great; help assist
    aid; get obtain receive; use utilize utilise; need require; call name know; contain include comprise consist;
    origin originate; area region; part portion; usual common typical; main major primary chief; famous popular
    known; author writer; song track; job work; sell sold; live reside; end finish; quick fast rapid; old ancient;
    color colour; world global; british english uk; approximately about around roughly; near close; important
    significant; different various; company firm business; way method; study research; eat consume; look see; talk
    speak; build construct; let allow permit; show demonstrate; grow increase; win won; game match; role part; lot
    many; meat flesh; drink beverage; invent create; act perform; actor actress; base found; form shape; record
    register; release publish; relate associate; state claim; staff employee worker personnel; holiday vacation;
    nearby close near local; depart leave; shut close; foreign overseas abroad; foreigner foreign; buy acquire;
    obtain acquire; damage harm hurt injure; repair fix mend; broken damaged; begin commence launch; finish complete
    conclude; stop halt cease; happen occur; choose select pick; choice option selection; try attempt; seek search;
    answer reply respond response; ask request enquire inquire; permit permission; forbid prohibit ban; annual
    yearly year; monthly month; weekly week; daily day; quick rapid swift speedy; slow gradual; large sizeable vast;
    tiny minute; rich wealthy; poor needy; clever smart intelligent; silly foolish; angry furious mad; afraid scared
    frightened; happy glad pleased; sad unhappy; ill sick unwell; illness disease sickness; injury wound; medicine
    drug medication; physician medic; nurse carer; hospital clinic; lawyer attorney solicitor; judge magistrate;
    police officer; thief robber burglar; steal rob; murder kill slay; die perish; dead deceased; death demise;
    birth born; baby infant newborn; teenager adolescent; pupil student; teacher instructor tutor; school academy;
    university college; exam test examination; lesson class; course programme program; photo photograph picture;
    painting picture; statue sculpture; singer vocalist; musician performer artist; band group; album record;
    concert gig; theatre theater; play drama; novel book; poem verse; magazine journal; newspaper paper; article
    piece story; tale story; tv television; show programme series; episode instalment installment; broadcast air;
    premiere debut; star celebrity; fan supporter admirer; team squad side club; player athlete; coach trainer
    manager; champion winner; victory win triumph; defeat beat; competition contest tournament championship; prize
    award; medal trophy; goal aim target objective purpose; plan scheme; idea concept notion; rule regulation; law
    legislation statute; tax duty levy; money cash funds; price cost fee charge; pay payment; wage salary earnings
    pay; profit gain; cheap inexpensive; expensive costly; free complimentary; discount reduction; reduce lower
    decrease cut; rise increase climb; fall drop decline decrease; shop store; supermarket grocery; market
    marketplace; customer client patron buyer; seller vendor; goods product merchandise item; produce manufacture;
    factory plant works; worker labourer laborer; boss manager supervisor; chief head leader; director head; founder
    creator; creator inventor maker; set establish; owner proprietor; rent hire lease; flat apartment; house home
    residence dwelling; building structure; garden yard; street road; motorway highway freeway; pavement sidewalk;
    lorry truck; petrol gasoline fuel; plane aeroplane airplane aircraft; flight fly; ship boat vessel; ferry boat;
    harbour harbor port; railway railroad; underground subway metro; lift elevator; bag baggage luggage; journey
    trip voyage travel; traveller traveler passenger tourist visitor; visitor guest visit; travel go; walk stroll;
    run jog; climb ascend; jump leap; throw toss hurl; catch capture; hold grip; carry transport; bring fetch take;
    send dispatch ship mail; deliver delivery; receive get; keep retain preserve; protect guard defend; save rescue;
    help support; harm damage; attack assault; fight battle combat; war conflict; army military forces troops;
    soldier troop; weapon arm; peace truce; king monarch ruler; queen monarch; president leader; government state
    administration; minister secretary; election vote poll; citizen resident inhabitant; population people resident;
    village settlement; town municipality; city metropolis; district neighbourhood neighborhood quarter; border
    frontier boundary; coast shore seaside; beach shore; sea ocean; river stream; lake pond; hill mountain; forest
    wood woodland; tree wood; plant vegetation flora; animal creature; beast animal; dog hound canine; cat kitten
    feline; horse pony; cow cattle; pig swine hog; chicken hen poultry; insect bug; fish seafood; food meal dish
    cuisine; dish recipe; tasty delicious; spicy hot; breakfast meal; dinner supper; bread loaf; cook prepare; bake
    cook; mix blend combine; part section segment component; whole entire; middle centre center; top peak summit;
    bottom base; front fore; edge rim; inside within; outside beyond; above over; below beneath under underneath;
    between among; almost nearly; often frequently; rarely seldom; always constantly; usually normally generally
    typically; maybe perhaps possibly; probably likely; quickly fast; also additionally; but however although;
    because since; therefore thus hence; comprise consist; allow enable; cause reason; result outcome effect
    consequence; effect impact influence; affect influence; change alter modify; alter vary; convert transform;
    develop evolve; improve enhance; better improve; worsen deteriorate; expand enlarge extend broaden; shrink
    contract; divide split separate; join unite connect link; link connection; attach fasten; gather collect
    assemble; collection set; group bunch; amount quantity number; total sum; double twice; pair couple; first
    initial; last final; next following subsequent; previous former earlier prior; modern contemporary; current
    present; new recent novel; old elderly; young youthful; famous renowned well-known; popular beloved; important
    crucial vital key essential; necessary essential required; special particular specific; strange odd unusual;
    common widespread; rare uncommon scarce; difficult hard tough; easy simple; possible feasible; certain sure;
    true correct accurate right; false untrue incorrect wrong; honest truthful; dangerous hazardous risky unsafe;
    danger hazard risk; safe secure; strong powerful; weak feeble; heavy weighty; thin slim slender; fat obese
    overweight; tall high; wide broad; deep profound; bright brilliant; dark dim; clean pure; dirty filthy polluted;
    quiet silent; loud noisy; noise sound; smell odour odor scent aroma; taste flavour flavor; colour hue shade; red
    crimson scarlet; grey gray; beautiful pretty lovely attractive; ugly unattractive; nice pleasant; kind gentle;
    cruel brutal; violent aggressive; calm peaceful; tired weary exhausted; dream vision; think believe consider;
    know understand; learn discover; teach educate instruct; explain describe; tell inform notify; say mention
    remark; announce declare; promise pledge vow; agree consent; refuse decline reject; argue dispute debate;
    complain protest; thank gratitude; praise commend; criticise criticize condemn; blame accuse; accuse charge;
    punish penalise penalize; forgive pardon; love adore; hate despise detest loathe; enjoy like; prefer favour
    favor; want wish desire; need necessity; hope wish; fear dread; worry concern; surprise astonish amaze; laugh
    giggle; cry weep; shout yell scream; whisper murmur; sing chant; draw sketch; paint colour; write compose pen;
    composer songwriter; kind category class; example instance; shape form; size dimension; length distance; speed
    velocity pace; weight mass; height altitude; temperature heat; rain rainfall shower; snow snowfall; wind breeze;
    storm tempest; fire blaze flame; flood deluge; earthquake quake; sun solar; moon lunar; star stellar; earth
    world planet globe; universe cosmos; scientist researcher; experiment trial test; theory hypothesis; proof
    evidence; method technique approach; tool instrument device; machine engine device; computer pc laptop;
    telephone phone; website site; internet web online; software program application app; picture image; video
    footage film; message note; letter mail; email mail; list catalogue catalog; chart diagram graph; map plan;
    error mistake fault; problem issue trouble difficulty; solution answer remedy; question query; chance
    opportunity; luck fortune; fate destiny; god deity; church cathedral chapel; priest clergyman; faith religion
    belief; holy sacred; ghost spirit; magic sorcery; belong part; typically commonly; mainly mostly largely;
    roughly about; exceed over; maintain keep; operate run; operate function; employ hire; dismiss fire; recruit
    hire; resign quit; retire leave; replace substitute; exchange swap trade; trade commerce business; firm
    enterprise corporation; industry sector; agriculture farming; farm ranch; crop harvest; grow cultivate raise;
    dig excavate; mine quarry; gather harvest
"""


def _groups(text: str) -> list[list[str]]:
    return [[word if word in FUNCTION else stem(word) for word in group.split()] for group in text.split(";")]


_ANTONYMS: dict[str, set[str]] = {}
for _one, _two in _groups(_OPPOSED):
    if _one != _two:
        _ANTONYMS.setdefault(_one, set()).add(_two)
        _ANTONYMS.setdefault(_two, set()).add(_one)

_SYNONYMS: dict[str, set[str]] = {}
for _group in _groups(_ALIKE):
    for _word in _group:
        _SYNONYMS.setdefault(_word, set()).update(set(_group) - {_word} - _ANTONYMS.get(_word, set()))

_OPPOSITES = {key: tuple(sorted(found)) for key, found in _ANTONYMS.items()}
_SAME = {key: tuple(sorted(found)) for key, found in _SYNONYMS.items()}


def opposites(key: str) -> tuple[str, ...]:
    """Stems that say the opposite; not the two ends of one event ("buy" and "sell"), which may both be true.

    Examples:
        >>> stem("lost") in opposites(stem("wins"))
        True
    """
    return _OPPOSITES.get(key, ())


def alike(key: str) -> tuple[str, ...]:
    """Stems that say much the same, in an order that is the same in every process.

    Examples:
        >>> stem("movie") in alike(stem("film"))
        True
    """
    return _SAME.get(key, ())
