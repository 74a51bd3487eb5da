"""The small words of some languages: they are in every article, so they tell none from another.

Only words that carry no subject of their own; a long list takes away what people search for.
"""

STOPWORDS: dict[str, frozenset[str]] = {
    language: frozenset(words.split())
    for language, words in {
        "ar": """
            من في على الى إلى عن مع هذا هذه ذلك تلك التي الذي الذين اللذين ان أن إن انه أنه أنها
            انها كان كانت يكون تكون قد لقد لا لم لن ما ماذا هل او أو ثم بل لكن حتى اذا إذا كما
            بين بعد قبل عند منذ خلال حول دون غير كل بعض اي أي هو هي هم هن نحن انت أنت انا أنا له
            لها لهم به بها بهم فيه فيها منه منها عليه عليها ليس ليست هناك هنا حيث قال قالت يقول
            واضاف وأضاف وقال اكد وقد وكان وكانت ولا ولم وهو وهي وفي ومن وعلى ومع أيضا ايضا
        """,
        "cs": """
            a aby ale ani ano asi az bez bude budou by byl byla byli bylo byt co coz do ho i jak
            jako je jeho jej jeji jejich jen jeste ji jiz jsem jsme jsou k kde kdo kdyz ke ktera
            ktere ktery kteri ma maji mezi mi mu na nad ne nebo nez nich nim o od po pod podle
            pro proto protoze pred pri s se si svou sve svych ta tak take tato te ten tento to
            toho tom tomu tu ty tyto u uz v ve vsak vse z za ze
        """,
        "da": """
            af alle at blev blive bliver da de dem den denne der deres det dette dig din dog du
            efter eller en end er et for fra ham han hans har havde have hendes her hos hun hvad
            hvis hvor i ikke ind jeg jo kan kunne man med meget men mig min mod ned nu nar og
            ogsa om op os over pa sa sagde sig siger sin sine sit skal skulle som til ud under
            var ved vi vil ville vor vaere vaeret
        """,
        "de": """
            ab aber alle allem allen aller alles als also am an auch auf aus bei beim bin bis
            bist da damit dann das dass dazu dem den denn der des deren dessen die dies diese
            diesem diesen dieser dieses doch dort du durch ein eine einem einen einer eines er
            es etwa etwas fur gegen haben habe hat hatte hatten hier hinter ich ihm ihn ihr ihre
            ihrem ihren ihrer im in ins ist ja jede jedem jeden jeder jedes kann kein keine
            keinem keinen keiner konnen konnte man mehr mein mich mir mit nach nicht noch nun
            nur ob oder ohne sagt sagte sehr sei sein seine seinem seinen seiner seit sich sie
            sind so soll sollen sollte sondern sowie uber um und uns unser unter vom von vor
            wahrend war waren was weil wenn wer werde werden wie wieder will wir wird wo worden
            wurde wurden zu zum zur zwar zwischen
        """,
        "el": """
            ο η το οι τα του της των τον την τους τις και να θα σε στο στη στην στον στους στις
            στα με για απο που πως δεν δε μη μην ειναι ηταν εχει εχουν ειχε οτι οπως αλλα αν ή
            ως κατα μετα προς μας σας μου σου αυτο αυτη αυτος αυτα αυτοι αυτων ενα μια ενας ενω
            εως οταν οποια οποιο οποιος οποιοι οποιες επισης ακομη ακομα μονο πολυ πιο
        """,
        "en": """
            a about above after again against all also am among an and any are aren as at be
            because been before being below between both but by can cannot could couldn d did
            didn do does doesn doing don down during each few for from further had hadn has hasn
            have haven having he her here hers herself him himself his how however i if in into
            is isn it its itself just ll m me more most much must my myself no nor not now of
            off on once only onto or other our ours ourselves out over own per re said same say
            says shall she should shouldn since so some such t than that the their theirs them
            themselves then there these they this those through to too toward towards under
            until up upon us ve very was wasn we were weren what when where whether which while
            who whom whose why will with within without won would wouldn yet you your yours
            yourself yourselves
        """,
        "es": """
            a ademas al algo ante antes asi aun aunque bajo cada como con contra cual cuando de
            del desde dijo donde dos durante e el ella ellas ellos en entre era eran es esa esas
            ese eso esos esta estaba estan estar estas este esto estos fue fueron ha habia han
            hasta hay la las le les lo los mas me mi mientras muy nada ni no nos nosotros o otra
            otras otro otros para pero poco por porque que quien quienes se segun ser si sido
            sin sobre son su sus tambien tan tanto te tiene tienen toda todas todo todos tras tu
            un una unas uno unos y ya yo
        """,
        "fa": """
            و در به از که این آن را با برای است بود شد شده می های ها هم تا یا اما اگر بر هر نیز
            خود او ما شما آنها کرد کرده کند کنند شود شوند دارد دارند باید نمی پس پیش بین چه چون
            همه یک دو گفت وی بوده خواهد
        """,
        "fi": """
            ei eika en ennen etta han hanen he heidan ita itse ja jo jonka jos joka jossa jota
            jotka kanssa kuin kun koska me mika mita mukaan mutta myos ne nyt niin niiden noin
            oli olivat olisi olla on ovat se sen sita siita sina sanoo sanoi siina tai taman
            tama tassa tahan tasta tata vain vaan viela voi vuoden yli
        """,
        "fr": """
            a afin ai ainsi alors apres au aucun aucune aussi autre autres aux avaient avait
            avant avec avoir c car ce ceci cela celle celles celui ces cet cette ceux chez comme
            comment contre d dans de depuis des deux dont du elle elles en encore entre est et
            etaient etait ete etre eux fait il ils j je jusqu l la le les leur leurs lors lui m
            ma mais me meme memes mes moi moins mon n ne ni nos notre nous on ont or ou par
            parce pas pendant peu peut plus pour pourquoi puis qu quand que quel quelle quelles
            quels qui quoi s sa sans se selon sera ses si soit son sont sous sur t ta te tes toi
            ton tous tout toute toutes tres tu un une vers vos votre vous y
        """,
        "hi": """
            का की के को में से पर है हैं था थे थी और यह वह ये वे इस उस इन उन एक ने भी तो ही कि
            जो हो कर करने किया गया गई गए कहा नहीं लिए साथ बाद तक या अपने अपनी अपना रहा रहे रही
            जा होने हुए हुई हुआ अब कुछ कई सभी द्वारा
        """,
        "hu": """
            a ahogy aki akik ahol amely amelyek ami az azok azon azt be csak de egy egyik el es
            ez ezek ezt fel ha hanem hogy hogyan igen is itt ki le lehet lesz maga mar meg mely
            mert mi mig mint minden most nagy nagyon nem ne nincs o ok olyan ott pedig s sem sok
            szerint tobb ugy utan vagy van vannak volt voltak
        """,
        "id": """
            ada adalah agar akan antara atas atau bagi bahwa bisa dalam dan dapat dari dengan di
            dia hanya ia ini itu jika juga kami karena kata ke kepada kita lagi lebih maka masih
            mereka namun oleh orang pada para pun saat saja sangat saya sebagai sebuah secara
            sedang sejak seperti serta setelah sudah telah tersebut tetapi tidak untuk yang
        """,
        "it": """
            a ad ai al alla alle agli all anche ancora aveva avevano c che chi ci cio come con
            contro cosi cui d da dai dal dalla dalle dagli dall degli dei del della delle dell
            dello di dopo dove due e ed era erano essere fa fra fino gia gli ha hanno i il in io
            l la le lei li lo loro lui ma me mentre mi mia mio molto ne negli nei nel nella
            nelle nell non nostro o ogni oltre per perche piu poi prima qual quale quali quando
            quanto quella quelle quello questa queste questi questo qui quindi sarebbe se sempre
            senza si sia sono stata stati stato su sua sue sugli sui sul sulla sulle sull suo
            suoi tra tutta tutte tutti tutto un una uno verso vi
        """,
        "nl": """
            aan al alle als altijd andere ben bij daar dan dat de der deze die dit doch doen
            door dus een eens en er ge geen haar had hadden heb hebben heeft hem het hier hij
            hoe hun ik in is ja je kan kon kunnen maar me meer men met mij mijn na naar niet nog
            nu of om omdat onder ons ook op over te tegen toch toen tot tussen u uit van veel
            voor waar waren was wat we werd werden wie wij wil worden wordt zal ze zegt zei zich
            zij zijn zo zonder zou zouden
        """,
        "no": """
            alle at av ble bli blir da de deg den denne der deres det dette din du eller en enn
            er et etter for fra fram ha hadde han hans har henne her hun hva hvis hvor i ikke
            inn jeg kan kunne man med meg men min mot ned nei noe noen nå na og ogsa om opp oss
            over pa sa seg sier sin sine sitt skal skulle som til under ut var ved vi vil ville
            vært vaert være vaere vår ar a
        """,
        "pl": """
            a aby ale az bardzo bez bo by byc byl byla byli bylo byly bedzie beda co czy dla do
            gdy gdzie go i ich ile im innych ja jak jako je jego jej jednak jest jeszcze juz
            kiedy ktora ktore ktorego ktorej ktory ktorych ktorym ktorzy lub ma maja mi miedzy
            moze mu na nad nam nas nie nich niej nim niz o od on ona oni oraz po pod podczas
            przed przez przy rowniez sa sie swoj swoje swojej ta tak takze tam te tego tej ten
            to tu tych tylko tym u w we wiec wszystkich z za ze zeby
        """,
        "pt": """
            a ainda ao aos apos as ate cada com como contra da das de dela dele deles depois
            desde dessa desse desta deste disse do dos e ela elas ele eles em entre era eram
            essa essas esse esses esta estao estas estava este estes eu foi foram ha isso isto
            ja la lhe mais mas me mesmo meu minha muito na nao nas nem no nos nossa nosso num
            numa o onde os ou para pela pelas pelo pelos por porque qual quando que quem se seja
            sem sendo ser sera seu seus sido sob sobre sua suas tambem te tem tendo ter tinha
            toda todas todo todos tu um uma umas uns voce
        """,
        "ro": """
            a abia acea aceasta aceste acestea acest acestei acestor acestui acolo adica ai al
            ale alt alta alte am ar are as asa asupra atat atunci au avea avem aveau avut ca
            care cat catre ce cea cei cel cele celor cu cum cand da daca dar de deci decat
            despre din dintre doar dupa ea ei el ele era erau este eu fara fi fie fiind fost iar
            ii il in inainte intr intre isi la le li lor lui mai mult ne nici nu o ori pe pentru
            peste pana prin s sa sau se si spre sub sunt te timp toate tot toti un una unde unei
            unor unui va vor
        """,
        "ru": """
            а без более бы был была были было быть в вам вас весь во вот все всего всех вы где
            да даже для до его ее если есть еще же за здесь и из или им их к как когда кто ли
            лишь между меня мне может мы на над надо наш не него нее нет ни них но ну о об
            однако он она они оно от очень по под после потому при про с сам свои своих свою
            себя сейчас со так также такой там тем то того тоже той только том тот ту ты у уже
            хотя чего чем что чтобы эта эти этих это этого этой этом этот эту я который которая
            которые которого которых которой которым
        """,
        "sv": """
            alla allt att av bara blev bli blir da de dem den denna deras dess dessa det detta
            dig din du efter eller en enligt er ett fran for ha hade han hans har henne hennes
            hon hur i icke in ingen inom inte jag ju kan kommer kunde man med mellan men mer mig
            min mot mycket ni nu nagon nagot nagra nar och ocksa om oss over pa sa sade sager
            sedan sig sin sina sitt ska skulle som till under upp ut utan vad var vara varit vi
            vid vilka vilken vill ar an at
        """,
        "tr": """
            acaba ama ancak bana bazi belki ben beni bir biri birkac biz bize bu bundan bunlar
            bunu bunun cok cunku da daha de degil diye dedi dolayi eger en gibi hem hep hepsi
            her hic icin ile ise kadar kendi kez ki kim mi mu nasil ne neden nerede o olan
            olarak oldu oldugu olduğu olmak olup onlar onu onun oysa sanki sen siz su sonra
            tarafindan tum uzere var ve veya ya yani yok yine şey sey
        """,
        "uk": """
            а або але без би був була були було бути в вже ви від він вона вони воно все всіх де
            для до з за зі його її їх й і із інших як яка які якого якій який яких коли ми на
            над наш не ні них ніж об однак от по після під при про с свої своїх себе так також
            там те ті тим то того той тому ту у це цей цього цю через чи що щоб я є
        """,
    }.items()
}
