import argparse

import estimators
import text


def iris():
    from sklearn.datasets import load_iris
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import train_test_split

    train, test, wanted, truth = train_test_split(*load_iris(return_X_y=True), random_state=0)
    print(round(LogisticRegression(max_iter=500).fit(train, wanted).score(test, truth), 2))


COMMANDS = {command.__name__: command for command in [iris, *estimators.COMMANDS, *text.COMMANDS]}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="small lessons of scikit-learn")
    parser.add_argument("lesson", choices=COMMANDS)
    COMMANDS[parser.parse_args().lesson]()
