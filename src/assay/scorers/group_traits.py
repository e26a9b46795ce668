"""What sweeping claims say of a group: traits, abilities, habits and roles; our own lists, without slurs."""

from __future__ import annotations


def _any(words: str) -> str:
    """Alternatives of a pattern; `_` is a blank."""
    return "(?:" + "|".join(sorted((word.replace("_", " ") for word in words.split()), key=len, reverse=True)) + ")"


BAD = _any(
    "lazy stupid dumb ignorant greedy dishonest violent aggressive dangerous unreliable untrustworthy irrational"
    " emotional hysterical hot-tempered bad-tempered short-tempered unstable unpredictable incapable incompetent unfit"
    " useless worthless hopeless helpless primitive backward backwards savage uncivili[sz]ed uneducated inferior"
    " superior subhuman crude rude arrogant stingy cheap superstitious narrow-minded closed-minded simple-minded"
    " brainwashed fanatical promiscuous immoral amoral perverted unnatural sinful disgusting filthy dirty smelly"
    " repulsive ugly unattractive racist sexist entitled(?!_to) spoiled selfish cruel evil cold-hearted heartless loud"
    " gossipy vain shallow weak cowardly clumsy clueless slow crazy insane confused sick manipulative scheming"
    " deceitful sly shifty devious jealous moody angry insecure bitter nagging bossy needy clingy submissive docile"
    " obedient passive oppressed hateful intolerant hypocritical irresponsible undisciplined unmotivated unambitious"
    " unintelligent untalented unimaginative uncreative unhygienic unclean drunk criminal terrible awful horrible"
    " annoying boring grumpy senile forgetful stubborn inflexible set_in_their_ways out_of_touch difficult_to_work"
    " hard_to_work_with obsessed bad_at worse_at better_at poor_at hopeless_at terrible_at good_at great_at"
    " skilled_at easy prone_to_(?:violence|crime|drink|drinking|lying|anger|gossip|drama|aggression|hyster\\w+"
    "|theft|laziness|cheating)"
    " accident-prone accident_prone incapable_of unable_to_(?:learn|lead|think|govern|love|control|cope|keep"
    "|adapt|sit) to_blame"
    " mentally_ill a_burden untalented attention-seeking materialistic power-hungry money-hungry pathetic nasty"
    " abominations inhuman barbaric barbarians stupidest laziest worst too_(?!young|old|few|many"
    "|ill)(?:\\w+_){1,2}to not_to_be_trusted no_good"
    " fragile vile repugnant despicable sickening filth refuse wild unreasonable weird dramatic nosy crooked"
    " ruthless bloodthirsty sleazy uncultured vengeful childish immature gullible vulgar unruly thuggish abusive"
    " domineering unfaithful disloyal treacherous godless humourless humorless emotionless idle work-shy workshy"
    " careless"
    " sloppy frigid hormonal bitchy catty fickle indecisive delicate illiterate naturally_gifted natural_born"
    " easily_(?:amused|offended|led|fooled|distracted|manipulated|scared|angered) no_better_than not_worth\\w*"
    " all_the_same all_alike the_same_everywhere technologically_\\w+ physically_weak up_to_no_good punctual"
    " nurturing exotic hard-working sneaky wicked corrupt born_(?:to|for|leaders|liars) liars mean"
    " just_pretending pretending out_to_(?:get|destroy|take)"
)
"""Traits that no group has as such, most of them demeaning."""
INSULT = _any(
    "lazy stupid dumb ignorant greedy dishonest filthy dirty smelly primitive backward savage worthless disgusting"
    " repulsive hysterical useless inferior uncivili[sz]ed untrustworthy brainless barbaric evil pathetic lying"
    " thieving scheming"
)
"""Adjectives that demean when they stand before a group."""
NOUN = _any(
    "criminals liars thieves cheats cheaters terrorists snobs hypocrites scammers fraudsters animals parasites vermin"
    " pigs savages drug_addicts addicts drunks racists rapists losers idiots fools cowards fanatics extremists leeches"
    " freeloaders gossips murderers killers predators monsters trash scum disease plague cancer threat danger burden"
    " drain snob liar thief hypocrite scammer criminal terrorist idiot fool drunk parasite cheat menace natural_\\w+"
    " gold_diggers bigots misogynists perverts deviants degenerates sheep whiners beasts garbage rats cockroaches"
    " insects virus problem_makers troublemakers spies traitors weaklings jokes evil bad_\\w+ terrible_\\w+ lousy_\\w+"
    " horrible_\\w+ awful_\\w+ poor_(?:leaders|managers|drivers|workers|students|parents|employees)"
)
"""Nouns that demean, and fixed roles."""
WORSE = _any(
    "smarter cleverer stupider dumber lazier weaker dirtier meaner crazier greedier ruder less_intelligent worse"
    " less_capable more_intelligent more_rational more_logical more_evolved more_civili[sz]ed more_violent"
)
"""Comparatives that rank groups."""
GOOD = _any(
    "bright smart intelligent clever capable fit suited competent reliable trustworthy honest disciplined loyal clean"
    " civili[sz]ed rational attractive strong_enough tough_enough smart_enough good_at cut_out made_for made_to"
    " meant_to normal real_(?:men|women) fully_human human equal creative productive ambitious faithful patriotic"
    " hardworking hard-working logical qualified welcome educated motivated moral responsible good_enough stable"
    " devoted worthy (?:good|fit)_(?:parents|leaders|managers|teachers|mothers|fathers)"
)
"""Traits that are denied to a group, or granted in a lower degree."""
ABILITY = _any(
    "learn handle cope drive lead think dance control understand follow hold_(?:a|down|back|on) live_(?:a|in) govern"
    " manage use_(?:a_)?(?:computer|technology|phone|smartphone)s? keep_(?:up|a|their|secrets) park code raise help"
    " (?:be_)?(?:trust|rely) do_(?:math|maths|science|sports|anything|the_job|it_alone|their|a_man) speak_properly"
    " play compete concentrate focus adapt reason love commit change sing cook fight resist work_(?:with|in|under"
    "|hard)"
    " take_(?:a_joke|criticism|care|pressure) read_maps make_(?:decisions|up_their) be_(?:trusted|relied|faithful"
    "|attractive|good|loyal|parents|leaders|teachers|taught|helped|friends|happy|beautiful|successful|creative|funny"
    "|real|objective|integrated|civili[sz]ed|left) have_(?:a_)?(?:feelings|children|relationship|sense)\\w* match"
    " stop grasp tell_the_truth stand_(?:the|pressure|each) accept integrate pull_their function run_(?:a|the)"
    " pay_(?:on|their|rent) assimilate"
)
"""What a group is said to be unable to do."""
CARE = _any(
    "want_to_(?:work|learn|integrate|be) care value respect think_(?:for|about|like|before) belong deserve understand"
    " listen learn like_to_work know_how know_(?:what|their|anything) have_(?:the_(?:same|brains?|drive|skills?"
    "|stamina|patience|stomach|nerve|discipline|mind)|what|any|a_sense|feelings|morals"
    "|manners|enough) pay contribute try wash work_(?:hard|as|for) fit take_(?:care|responsibility|anything)"
    " believe_in_(?:work|education|freedom) integrate share trust make_good feel show_respect tell_the_truth speak_up"
    " adapt deserve_(?:to|the)"
)
"""What a group is said not to do or want."""
NEVER = _any(
    "listen think pay finish learn tell forgive work change apologi[sz]e admit grow help keep stop commit understand"
    " show take_responsibility save wash lead trust be_(?:trusted|faithful|loyal|satisfied|happy|on_time|good|equal"
    "|able|attractive|as|real) become cook integrate make_(?:good|it|up) do_(?:anything|what|their|the) know say_sorry"
)
ALWAYS = _any(
    "late complain gossip lie cheat steal drink nag exaggerate fight overreact blame play_the_victim want make take"
    " cause look_for try_to get_(?:drunk|emotional|angry|into) have_an_excuse act need spend talk break leave"
    " stick_together think"
)
LACKED = _any(
    "empathy imagination creativity morals discipline work_ethic ambition intelligence skills? drive courage manners"
    " feelings respect self-control rhythm honou?r loyalty culture humou?r patience ideas? soul brains? sense backbone"
    " idea opinion judge?ment willpower self-respect values conscience shame strength logic talent business interest"
    " capacity ability confidence dignity standards appreciation place"
)
DEED = _any(
    "lie cheat steal gossip hate_\\w+ ruin ruined destroy destroyed drink_too_much bring_(?:\\w+_){0,3}crime"
    " commit_most"
    " take_our take_(?:all_)?the_jobs live_off control_the rule_the run_the_(?:world|media|banks) resist_change smell"
    " breed_like ruining destroying invading taking_over stealing come_here_(?:to|only|for) fall_for leave_every"
    " support_terror\\w+ make_(?:poor|bad|terrible|lousy|awful|horrible|great)_\\w+ slow_\\w+_(?:team|down)"
    " know_nothing"
    " refuse_to_(?:work|learn|integrate|adapt) rarely_(?:finish|bring|pay|work|tell) exaggerate sleep_around"
    " think_they_own spread_(?:disease|hatred|crime|lies) talk_too_much spend_too_much copy_everything worship_money"
    " change_partners whine love_(?:money|to_complain|drama|to_gossip) cause_(?:most|trouble|crime|problems|all)"
    " poison corrupt abuse_the carry_diseases usually_find_such cry_(?:too|about) leech milk_the only_(?:care"
    "|think|know"
    "|want|copy|date|come|marry|work|talk|look|live|get|love) make_bad_choices like_being act_like expect_everything"
    " lack_what need_a_man need_to_be_(?:controlled|told|led) are_only_good are_good_for_nothing blame_everyone"
    " want_(?:to_destroy|to_take_over|attention|everything|special) just_want_(?:\\w+) can_only lower_the"
    " make_me_sick deserve_(?:to_die|nothing|what|no) want_nothing aren't_worth are_not_worth are_worth_nothing"
    " drag_(?:us|the|everyone) eat_too_much"
)
"""What a group is said to do."""
BARRED = _any(
    "hired employed trusted allowed promoted permitted admitted elected given_(?:jobs|power|a_vote|the_vote|guns|money"
    "|a_job|responsib\\w+) teachers leaders parents doctors pilots managers officers soldiers presidents judges"
    " priests in_(?:charge|power|politics|the_army|the_workplace|leadership|public|business|government|combat)"
    " taken_seriously listened left_alone with_children around_children working voting out_of_the bosses here"
)
BARRED_FROM = _any(
    "vote work teach lead drive have_(?:children|kids|rights|jobs|a_say|the_right) adopt fly hold_(?:office|power"
    "|public)"
    " serve marry breed run_(?:for|a|the|companies) manage raise reproduce hold own speak exist wear play get_(?:jobs"
    "|the|benefits|married) live_(?:here|among|in) be_here do_(?:this|that|such) study compete join enter complain"
    " try_to_lead argue"
)
ORDERED = _any(
    "stay_(?:at_home|home|in|out|off|away|single|with_the) be_(?:kept|locked|banned|barred|deported|silent|quiet"
    "|obedient|submissive|excluded|removed|stopped|watched|controlled|punished|ashamed|grateful|sterili[sz]ed"
    "|sent|at_home"
    "|in_the_kitchen|segregated|shot|killed|exterminated|executed|eradicated|fired|put_(?:in|down|away)) leave"
    " go_(?:back"
    "|home) know_their_place make_room make_way stick_to obey submit pay_for_two cook keep_(?:quiet|out"
    "|their_mouths|to)"
    " get_(?:out|back) not_exist die serve_(?:men|their) focus_on_(?:the_home|their_famil\\w+|raising) step_aside"
    " shut_up give_up be_the_(?:breadwinner|provider|head)"
)
SHUNNED = _any("trust hire lend_\\w+(?:_to)? do_business_with rent_to marry date employ promote rely_on listen_to"
    " elect vote_for believe rent_(?:\\w+_){0,2}to give_(?:\\w+_){0,2}to lend_(?:\\w+_){0,2}to work_(?:with|for)"
    " take_advice_from leave_(?:\\w+_){1,2}with argue_with"
)  # fmt: skip
SHOWN = _any(
    "stole steals lied lies cheated cheats drank drinks drunk late lazy forgot forgets failed fails fast smart stupid"
    " slow angry rude violent crime weak emotional bad good great better worse cannot can't won't never always must_be"
    " must_have promoted hired chosen aggressive dangerous blew loud greedy cheap wrong rhythm dance dances cries"
    " cried"
    " crying careless confused lost hysterical terrible incompetent unreliable trust leader loves surely naturally"
    " obviously probably will_not killed attacked loses lose ruined broke crashed crash dirty smells messy jealous"
    " lying stealing talented suspicious guilty did_it overreacted"
)
"""Deeds and traits that a group does not explain."""
SCORN = _any(
    "trouble troublemakers burden waste cheat steal lie nag whine whining complain complaining crime criminals"
    " frauds thieves property robots pigs rabbits filthy filth useless stupid lazy blame greed"
    " weak dull slower silly no_fun no_logic at_our_cost at_our_expense behind_every"
    " couldn't excuses? nothing_but for_money no_room overcompensate bosses_around spoiled selfish"
    " cost_more do_less cover_up backwards cruel dirty dumb violent dangerous ruin ruined corrupt parasites liars"
    " idiots"
    " worse_\\w+_than copy_everything eat_anything too_much drama dramatic brainwashed leech scam scams snobs"
    " worthless hopeless pointless embarrassing pathetic arrogant greedy untrustworthy inferior disgusting"
    " gossip clueless nuisance incompetent awful bad careless dishonest harsh hostile ignorant irresponsible loud rude"
    " neglect slow suspicious terrible threat ugly unfit unreliable unstable worse worst envy spite jealous brutal"
    " primitive savage savages fools clowns mess chaos trash junk disease hate hateful fanatics drunk drunks"
    " criminal terrorists terrorism shameless rotten vain treacherous laziness stupidity"
)
"""Words of contempt, which make a claim wherever they stand behind a whole group."""
